import type { TrayState } from '../state.ts';

/** A time of one Saturday, in UTC. */
export const at = (time: string) => Date.parse(`2026-11-28T${time}:00Z`);

const free = { state: 'active', windows: [], costTodayNanoUsd: 0 } as const;

/** The tray of a busy noon. */
export const busyTray: TrayState = {
  relay: 'running',
  url: 'http://127.0.0.1:8484',
  accounts: [
    {
      ...{ ...free, id: '1', name: 'Max-personal' },
      windows: [
        { name: 'week', used: 0.7, resetsAt: at('12:00') + 4 * 86_400_000 },
        { name: '5h', used: 0.62, resetsAt: at('14:20'), runsOutAt: at('13:50') },
      ],
    },
    { ...free, id: '2', name: 'Console-team', cap: { measure: 'cost', spent: 3.1e9, amount: 20e9 } },
    {
      ...{ ...free, id: '3', name: 'Codex-plus' },
      windows: [{ name: 'week', used: 0.18, resetsAt: at('12:00') + 3 * 86_400_000 }],
    },
    { ...free, id: '4', name: 'Old-key', state: 'needs-sign-in' },
  ],
  today: { calls: 182, costNanoUsd: 4.12e9 },
  aim: { kind: 'prefer', accountId: '2' },
  tools: [
    { id: 'claude-code', name: 'Claude Code', state: 'connected' },
    { id: 'codex', name: 'Codex', state: 'drifted' },
    { id: 'gemini-cli', name: 'Gemini CLI', state: 'apart' },
  ],
  sharing: { isOn: true, url: 'https://192.168.1.20:8485' },
  needsAttention: false,
  whenQuitting: 'restore',
  loginStart: 'hidden',
  update: { kind: 'idle' },
  isSafe: false,
};
