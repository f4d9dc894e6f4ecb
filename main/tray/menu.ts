import { percentText } from '../../app/notify/words.ts';
import type { UpdateState } from '../updates/update-state.ts';
import { costText } from '../words.ts';
import { accountLine, type Speech } from './account-line.ts';
import { cut, item, line, submenu, type TrayItem } from './item.ts';
import { shapeOf, type TrayShape, type TrayState } from './state.ts';
import { aimItems, connectedTools, routingItem, sharingItems, toolItems } from './submenus.ts';

const mostAccounts = 6;
export const pauseAccelerator = 'Alt+CommandOrControl+P';

/** The whole menu. Pure: the same state, the same menu. */
export function trayMenu(state: TrayState, speech: Speech): readonly TrayItem[] {
  const { say } = speech;
  const loginStarts = (['off', 'hidden', 'visible'] as const).map((value) =>
    item(say(`tray.login.${value}`), { kind: 'login-start', value }, { isChecked: state.loginStart === value }),
  );
  return [
    statusItem(state, speech),
    ...(state.isSafe ? [item(say('tray.safeMode'))] : accountItems(state, speech)),
    line,
    ...pauseItems(state, speech),
    ...choiceItems(state, speech),
    ...todayItems(state, speech),
    line,
    item(say('tray.open'), { kind: 'show' }),
    item(say('tray.live'), { kind: 'show', page: 'live' }),
    ...snippetItems(state, speech),
    submenu(say('tray.startAtLogin'), loginStarts),
    ...updateItems(state.update, speech),
    line,
    item(say(isRestoring(state) ? 'tray.quitRestoring' : 'tray.quit'), { kind: 'quit' }),
  ];
}

/** Only said where there is something to restore. */
function isRestoring({ whenQuitting, tools }: TrayState): boolean {
  return whenQuitting === 'restore' && connectedTools(tools) > 0;
}

export function trayTooltip(state: TrayState, speech: Speech): string {
  return cut(speech.say('tray.tooltip', { status: statusText(state, speech) }));
}

const marks: Readonly<Record<TrayShape, string>> = { solid: '●', hollow: '○', dot: '◉', bang: '!' };

function statusItem(state: TrayState, speech: Speech): TrayItem {
  const label = `${marks[shapeOf(state)]} ${statusText(state, speech)}`;
  return state.url === undefined ? item(label) : item(label, { kind: 'copy', text: state.url });
}

function statusText({ relay, url }: TrayState, { say }: Speech): string {
  const address = url === undefined ? '' : new URL(url).host;
  return say(`tray.${relay}`, { address });
}

function accountItems({ relay, accounts }: TrayState, speech: Speech): readonly TrayItem[] {
  const { say } = speech;
  if (relay === 'starting' || relay === 'down') return [];
  if (accounts.length === 0) return [item(say('tray.noAccount'), { kind: 'show', page: 'accounts' })];
  const shown = accounts.slice(0, accounts.length > mostAccounts ? mostAccounts - 1 : mostAccounts);
  const hidden = accounts.length - shown.length;
  const toAccounts = { kind: 'show', page: 'accounts' } as const;
  return [
    ...shown.map((account) => item(accountLine(account, speech), toAccounts)),
    ...(hidden > 0 ? [item(say('tray.moreAccounts', { count: hidden }), toAccounts)] : []),
  ];
}

function pauseItems({ relay }: TrayState, { say }: Speech): readonly TrayItem[] {
  const accelerator = pauseAccelerator;
  if (relay === 'paused') return [item(say('tray.resume'), { kind: 'resume' }, { accelerator })];
  return relay === 'running' ? [item(say('tray.pause'), { kind: 'pause' }, { accelerator })] : [];
}

/** Only while there is a relay that does what is chosen. */
function choiceItems(state: TrayState, speech: Speech): readonly TrayItem[] {
  if (state.relay !== 'running' && state.relay !== 'paused') return [routingItem(speech)];
  return [...aimItems(state, speech), ...toolItems(state, speech), ...sharingItems(state, speech)];
}

function todayItems({ today }: TrayState, speech: Speech): readonly TrayItem[] {
  if (!today) return [];
  const text = { count: today.calls, cost: costText(today.costNanoUsd, speech) };
  return [item(speech.say('tray.today', text), { kind: 'show', page: 'usage' })];
}

/** What a tool has to be told; never a key. */
function snippetItems({ url }: TrayState, { say }: Speech): readonly TrayItem[] {
  if (url === undefined) return [];
  const snippets = {
    'Claude Code': `export ANTHROPIC_BASE_URL=${url}`,
    OpenAI: `export OPENAI_BASE_URL=${url}/v1`,
    'Gemini CLI': `export GOOGLE_GEMINI_BASE_URL=${url}`,
  };
  const items = Object.entries(snippets).map(([label, text]) => item(label, { kind: 'copy', text }));
  return [submenu(say('tray.snippet'), items)];
}

function updateItems(update: UpdateState, speech: Speech): readonly TrayItem[] {
  const { say } = speech;
  switch (update.kind) {
    case 'off':
      return [];
    case 'checking':
      return [item(say('tray.checkingUpdates'))];
    case 'available':
      return [item(say('tray.downloadUpdate', update), { kind: 'download-update' })];
    case 'downloading':
      return [
        item(say('tray.downloadingUpdate', { version: update.version, percent: percentText(update.share, speech) })),
      ];
    case 'ready':
      return [item(say('tray.installUpdate', update), { kind: 'install-update' })];
    case 'idle':
    case 'failed':
      return [item(say('tray.checkUpdates'), { kind: 'check-updates' })];
  }
}
