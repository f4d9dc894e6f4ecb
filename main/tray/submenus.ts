import type { Speech } from './account-line.ts';
import { item, line, submenu, type TrayItem } from './item.ts';
import type { TrayAim, TrayState, TrayTool } from './state.ts';

/** What is more is chosen on the page. */
const mostAccounts = 6;

export function aimItems({ aim, accounts }: Pick<TrayState, 'aim' | 'accounts'>, { say }: Speech): readonly TrayItem[] {
  const toPage = routingItem({ say });
  // With one account there is nothing to choose.
  if (!aim || (aim.kind === 'automatic' && accounts.length < 2)) return [toPage];
  const nameOf = (id: string) => accounts.find((account) => account.id === id)?.name ?? id;
  const title =
    aim.kind === 'automatic' ? say('tray.aim.automatic') : say(`tray.aim.${aim.kind}`, { name: nameOf(aim.accountId) });
  const choice = (label: string, wanted: TrayAim) =>
    item(label, { kind: 'aim', aim: wanted }, { isChecked: isSame(wanted, aim) });
  const shown = accounts.slice(0, mostAccounts);
  return [
    submenu(title, [
      choice(say('tray.aimAutomatic'), { kind: 'automatic' }),
      ...shown.map(({ id, name }) => choice(say('tray.aimPrefer', { name }), { kind: 'prefer', accountId: id })),
      ...shown.map(({ id, name }) => choice(say('tray.aimOnly', { name }), { kind: 'only', accountId: id })),
      line,
      toPage,
    ]),
  ];
}

export function routingItem({ say }: Pick<Speech, 'say'>): TrayItem {
  return item(say('tray.routing'), { kind: 'show', page: 'routing' });
}

function isSame(one: TrayAim, other: TrayAim): boolean {
  if (one.kind === 'automatic' || other.kind === 'automatic') return one.kind === other.kind;
  return one.kind === other.kind && one.accountId === other.accountId;
}

/** As shapes, so that no colour has to be told apart. */
const marks: Readonly<Record<TrayTool['state'], string>> = { connected: '✓', drifted: '!', apart: '–' };

/** Each tool leads to its card: what is written into a file is seen before, on the page. */
export function toolItems({ tools }: Pick<TrayState, 'tools'>, { say }: Speech): readonly TrayItem[] {
  if (!tools) return [];
  const count = connectedTools(tools);
  const rows = tools.map(({ id, name, state }) =>
    item(`${marks[state]} ${name}`, { kind: 'show', page: `connections?tool=${id}` }),
  );
  const all = count === 0 ? [] : [line, item(say('tray.disconnectAll'), { kind: 'disconnect-tools' })];
  return [submenu(say('tray.tools', { tools: count }), [...rows, ...all])];
}

export function connectedTools(tools: TrayState['tools']): number {
  return (tools ?? []).filter(({ state }) => state !== 'apart').length;
}

export function sharingItems({ sharing }: Pick<TrayState, 'sharing'>, { say }: Speech): readonly TrayItem[] {
  if (!sharing) return [];
  const { isOn, url } = sharing;
  const toSharing = { kind: 'show', page: 'team?tab=sharing' } as const;
  return [
    submenu(say(isOn ? 'tray.sharingOn' : 'tray.sharingOff'), [
      item(say(isOn ? 'tray.changeSharing' : 'tray.turnOnSharing'), toSharing),
      ...(url === undefined ? [] : [item(say('tray.copyAddress'), { kind: 'copy', text: url })]),
      item(say('tray.members'), { kind: 'show', page: 'team?tab=members' }),
    ]),
  ];
}
