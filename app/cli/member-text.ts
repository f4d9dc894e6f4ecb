import { limitText } from '../keys/limit-text.ts';
import type { Output } from '../server/admin/contract.ts';
import { definitionList } from './definitions.ts';
import { standingTable } from './key-text.ts';
import { money } from './numbers.ts';
import type { Page } from './page.ts';
import { table } from './table.ts';
import { dateTime } from './time.ts';

type Member = Output<'showMember'>;
type Standing = Output<'memberStandings'>[number];

export function memberTable(page: Page, members: readonly Member[], standings: readonly Standing[]): string {
  if (members.length === 0) return 'There is no member yet. Add one: waystation member create --name NAME';
  const byId = new Map(standings.map((one) => [one.memberId, one]));
  return table(
    page,
    [
      { title: 'NAME', least: 12, cell: ({ name }) => name },
      {
        title: 'STATE',
        cell: ({ state }) => state,
        paint: (text, { state }) => page.paint(state === 'active' ? 'green' : 'yellow', text),
      },
      { title: 'ROLE', isOptional: true, cell: ({ role }) => role },
      { title: 'PLAN', cell: ({ planName }) => planName ?? '-' },
      { title: 'KEYS', align: 'right', cell: ({ keys }) => String(keys) },
      { title: 'TODAY', align: 'right', cell: ({ id }) => money(byId.get(id)?.today.costNanoUsd ?? 0) },
      { title: '7 DAYS', align: 'right', cell: ({ id }) => money(byId.get(id)?.week.costNanoUsd ?? 0) },
      { title: 'RUNNING', align: 'right', isOptional: true, cell: ({ id }) => String(byId.get(id)?.running ?? 0) },
      { title: 'LAST USED', isOptional: true, cell: ({ id }) => lastUsed(byId.get(id)) },
    ],
    members,
  );
}

export function memberText(page: Page, member: Member, standing: Standing | undefined): string {
  const { limits, maxConcurrent } = member;
  const shown = definitionList(page, [
    ['Name', member.name],
    ['Id', member.id],
    ['State', member.state],
    ['Role', member.role],
    ['E-mail', member.email],
    ['Note', member.note],
    ['Plan', member.planName ?? 'none'],
    ['Keys', String(member.keys)],
    ['At once', maxConcurrent === undefined ? 'no limit' : `${maxConcurrent}, all their keys together`],
    ['Limits', limits.length === 0 ? 'none of their own' : limits.map(limitText).join(', ')],
    ['Today', standing && money(standing.today.costNanoUsd)],
    ['7 days', standing && money(standing.week.costNanoUsd)],
    ['Last used', standing && lastUsed(standing)],
  ]);
  const standings = standing?.standings ?? [];
  return standings.length === 0 ? shown : `${shown}\n\n${standingTable(page, standings)}`;
}

function lastUsed(standing: Standing | undefined): string {
  if (!standing?.lastUse) return 'never';
  const { at, userAgent } = standing.lastUse;
  return [dateTime(at), userAgent ?? ''].join(' ').trim();
}
