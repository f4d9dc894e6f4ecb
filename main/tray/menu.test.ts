import { expect, test } from 'vitest';
import { type Language, languages } from '../../app/notify/words.ts';
import { textsIn } from '../texts.ts';
import { menuText } from './__fixtures__/menu-text.ts';
import { at, busyTray } from './__fixtures__/tray-states.ts';
import type { TrayItem } from './item.ts';
import { trayMenu, trayTooltip } from './menu.ts';
import { shapeOf, type TrayState } from './state.ts';

const speech = (language: Language = 'en') => ({ say: textsIn(language), language, timeZone: 'UTC', now: at('12:00') });
const text = (state: Partial<TrayState>, language?: Language) =>
  menuText(trayMenu({ ...busyTray, ...state }, speech(language)));

test('shows the state of the relay, each account with what ends it first, and today', () => {
  expect(text({})).toBe(
    [
      '● Running · 127.0.0.1:8484',
      'Max-personal  5h 62% · resets 14:20 · runs out 13:50',
      'Console-team  $3.10 of $20.00',
      'Codex-plus  week 18% · resets Tue',
      'Old-key  needs a new sign-in',
      '─────',
      'Pause relay  [Alt+CommandOrControl+P]',
      'Route: Console-team first ▸',
      '  Automatic',
      '  Prefer Max-personal',
      '✓ Prefer Console-team',
      '  Prefer Codex-plus',
      '  Prefer Old-key',
      '  Only Max-personal',
      '  Only Console-team',
      '  Only Codex-plus',
      '  Only Old-key',
      '  ─────',
      '  Routing…',
      'Connected tools: 2 ▸',
      '  ✓ Claude Code',
      '  ! Codex',
      '  – Gemini CLI',
      '  ─────',
      '  Disconnect all…',
      'Share on LAN: On ▸',
      '  Change…',
      '  Copy address',
      '  Members…',
      'Today: 182 requests · $4.12',
      '─────',
      'Open Waystation',
      'Live log',
      'Copy snippet ▸',
      '  Claude Code',
      '  OpenAI',
      '  Gemini CLI',
      'Start at login ▸',
      '  Off',
      '✓ In the tray',
      '  With its window',
      'Check for updates',
      '─────',
      'Quit (restores connected tools)',
    ].join('\n'),
  );
});

test.each([
  [{ relay: 'running', needsAttention: false }, 'solid'],
  [{ relay: 'running', needsAttention: true }, 'dot'],
  [{ relay: 'paused', needsAttention: true }, 'hollow'],
  [{ relay: 'starting', needsAttention: false }, 'hollow'],
  [{ relay: 'stopping', needsAttention: false }, 'hollow'],
  [{ relay: 'unreachable', needsAttention: false }, 'bang'],
  [{ relay: 'down', needsAttention: true }, 'bang'],
] as const)('%j has the shape %s', (state, shape) => {
  expect(shapeOf(state)).toBe(shape);
});

test('a paused relay is resumed, and one that is stopping offers neither', () => {
  expect(text({ relay: 'paused' })).toMatch(/^○ Paused · .*Resume relay/s);
  expect(text({ relay: 'stopping' })).not.toMatch(/Pause|Resume/);
});

test('while the relay is down nothing pretends to be known', () => {
  const shown = text({ relay: 'down', url: undefined, today: undefined });
  expect(shown).toMatch(/^! The relay does not run\n─/);
  expect(shown).not.toMatch(/Today|snippet|Max-personal/);
});

test('in safe mode the figures are left out and it is said why', () => {
  const shown = text({ isSafe: true, today: undefined, aim: undefined });
  expect(shown).toContain('Safe mode: quiet until the next start');
  expect(shown).not.toContain('Max-personal');
});

test('many accounts become a few and a number', () => {
  const [first] = busyTray.accounts;
  const accounts = Array.from({ length: 9 }, (_, index) => ({ ...first, id: String(index), name: `a${index}` }));
  expect(text({ accounts: accounts as never })).toMatch(/a4 .*\n4 more accounts\n─/);
});

test('a tool leads to its card, and sharing to its page or its address; nothing is written by a click', () => {
  const items = trayMenu(busyTray, speech()).flatMap((one) => (one.type === 'item' ? (one.items ?? []) : []));
  const actionOf = (label: string) => items.find((one) => one.type === 'item' && one.label === label);
  expect(actionOf('– Gemini CLI')).toMatchObject({ action: { kind: 'show', page: 'connections?tool=gemini-cli' } });
  expect(actionOf('Disconnect all…')).toMatchObject({ action: { kind: 'disconnect-tools' } });
  expect(actionOf('Change…')).toMatchObject({ action: { kind: 'show', page: 'team?tab=sharing' } });
  expect(actionOf('Members…')).toMatchObject({ action: { kind: 'show', page: 'team?tab=members' } });
  expect(actionOf('Copy address')).toMatchObject({ action: { kind: 'copy', text: 'https://192.168.1.20:8485' } });
});

test('where calls go is a sentence, and a choice where there is one', () => {
  const [first] = busyTray.accounts;
  expect(text({ aim: { kind: 'automatic' } })).toMatch(/Route: Automatic ▸\n✓ Automatic\n/);
  expect(text({ aim: { kind: 'only', accountId: '3' } })).toMatch(/Route: only Codex-plus ▸[\s\S]*✓ Only Codex-plus\n/);
  expect(text({ aim: { kind: 'automatic' }, accounts: first ? [first] : [] })).toMatch(/\nRouting…\n/);
  expect(text({ aim: undefined })).toMatch(/\nRouting…\n/);
  const items = trayMenu(busyTray, speech()).flatMap((one) => (one.type === 'item' ? (one.items ?? []) : []));
  expect(items.find((one) => one.type === 'item' && one.label === 'Only Codex-plus')).toMatchObject({
    action: { kind: 'aim', aim: { kind: 'only', accountId: '3' } },
  });
});

test('what is off offers to be turned on, and what is not connected is not restored', () => {
  const tools = busyTray.tools?.map((tool) => ({ ...tool, state: 'apart' as const }));
  const shown = text({ tools, sharing: { isOn: false } });
  expect(shown).toMatch(
    /Connected tools: 0 ▸\n {2}– Claude Code[\s\S]*Share on LAN: Off ▸\n {2}Turn on…\n {2}Members…/,
  );
  expect(shown).not.toMatch(/Disconnect all|Copy address|restores/);
  expect(text({ whenQuitting: 'leave' })).toMatch(/\nQuit$/);
});

test('an account at its limit says until when', () => {
  const [first] = busyTray.accounts;
  const accounts = [{ ...first, state: 'limited', until: at('14:20') }];
  expect(text({ accounts: accounts as never })).toContain('Max-personal  at its limit · back 14:20');
});

test.each([
  [{ kind: 'off', why: 'no-feed' }, undefined],
  [{ kind: 'idle' }, 'Check for updates'],
  [{ kind: 'failed', reason: 'x' }, 'Check for updates'],
  [{ kind: 'checking' }, 'Looking for updates…'],
  [{ kind: 'available', version: '0.2.0' }, 'Download version 0.2.0'],
  [{ kind: 'downloading', version: '0.2.0', share: 0.31 }, 'Downloading version 0.2.0: 31%'],
  [{ kind: 'ready', version: '0.2.0' }, 'Restart into version 0.2.0'],
] as const)('an update that is %j is offered as %s', (update, label) => {
  const lines = text({ update }).split('\n').slice(-3, -1);
  expect(label === undefined ? lines[0] : lines[0] === label ? lines[0] : lines.join()).toBe(
    label ?? '  With its window',
  );
});

test('no label is longer than some hosts show, in any language', () => {
  const name = '長い名前のアカウント'.repeat(9);
  for (const language of languages) {
    const accounts = busyTray.accounts.map((account) => ({ ...account, name }));
    const labels = trayMenu({ ...busyTray, accounts }, speech(language)).flatMap(labelsOf);
    expect(labels.filter((label) => [...label].length > 60)).toEqual([]);
  }
});

test.each(languages)('the menu in %s leaves no blank and no key', (language) => {
  for (const relay of ['starting', 'running', 'paused', 'stopping', 'unreachable', 'down'] as const) {
    expect(text({ relay }, language)).not.toMatch(/\{\{|tray\.|undefined|NaN/);
  }
});

test('the tooltip says the state in words', () => {
  expect(trayTooltip(busyTray, speech())).toBe('Waystation: Running · 127.0.0.1:8484');
});

function labelsOf(item: TrayItem): readonly string[] {
  return item.type === 'separator' ? [] : [item.label, ...(item.items ?? []).flatMap(labelsOf)];
}
