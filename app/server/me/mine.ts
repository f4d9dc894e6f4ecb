import type * as z from 'zod';
import type { Alert } from '../../domain/alert.ts';
import { periodAt } from '../../domain/calendar.ts';
import type { Clock } from '../../domain/clock.ts';
import { type ApiKey, endOf, isUsable, type LimitedKey } from '../../keys/key.ts';
import type { LimitStanding } from '../../keys/limit-refusal.ts';
import { inForce } from '../../keys/plan.ts';
import type { KeyUse } from '../../keys/uses.ts';
import type { UsageRollups } from '../../usage/rollups.ts';
import { addSums, noSums, type UsageGroup, type UsageSums } from '../../usage/summary.ts';
import { toStanding } from '../admin/key-operations.ts';
import type { meRoutes } from './contract.ts';
import type { Visitor } from './door.ts';

export interface MineDeps {
  readonly clock: Clock;
  readonly rollups: Pick<UsageRollups, 'summary'>;
  listKeys(): Promise<readonly ApiKey[]>;
  keyUses(): Promise<ReadonlyMap<string, KeyUse>>;
  limitStandings(key: LimitedKey): Promise<readonly LimitStanding[]>;
  /** What goes on now, of everybody. */
  alerts(): readonly Alert[];
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const shownDays = 30;

/** Which calls are the visitor's. Whatever is summed up for them goes through here. */
type Own = { readonly memberId: string } | { readonly keyId: string };

/** All that a visitor sees. */
export async function showMine(
  deps: MineDeps,
  visitor: Visitor,
  { timeZone, rotateKeys }: { readonly timeZone: string; readonly rotateKeys: boolean },
): Promise<z.input<typeof meRoutes.showMine.output>> {
  const { member, key } = visitor;
  const own = ownOf(visitor);
  const now = deps.clock.now();
  const today = periodAt({ unit: 'day', timeZone }, now).startsAt;
  const daysBefore = (days: number) => periodAt({ unit: 'day', timeZone }, today - days * dayMs).startsAt;
  const by = (groupBy: UsageGroup, since: number) => deps.rollups.summary({ ...own, groupBy, since, timeZone });
  const total = async (since: number) => toSpent((await by('model', since)).reduce<UsageSums>(addSums, noSums));
  const since = daysBefore(shownDays - 1);
  const shared = member && (await deps.limitStandings({ id: member.id, name: member.name, limits: [], member }));
  return {
    name: member?.name ?? key?.name ?? '',
    signedInBy: visitor.way,
    today: await total(today),
    fiveHours: await total(now - 5 * hourMs),
    week: await total(daysBefore(6)),
    alerts: alertsOf(deps.alerts(), visitor, await ownKeys(deps, visitor)),
    limits: (shared ?? []).map(toStanding),
    keys: await keysOf(deps, visitor, rotateKeys),
    days: (await by('day', since)).map((one) => ({ day: one.group ?? '', ...toSpent(one) })),
    models: (await by('model', since)).map((one) => ({ model: one.group ?? '', ...toSpent(one) })),
  };
}

function ownOf({ member, key }: Visitor): Own {
  if (member) return { memberId: member.id };
  if (key) return { keyId: key.id };
  throw new Error('A visitor is a member or has a key');
}

/** Of the visitor's limits, and of nobody else's. */
function alertsOf(all: readonly Alert[], { member }: Visitor, keys: readonly ApiKey[]) {
  const names = new Map(keys.map(({ id, name }) => [id, name]));
  return all
    .filter(({ kind, subjectId }) =>
      kind === 'member-limit-reached' ? subjectId === member?.id : kind === 'key-limit-reached' && names.has(subjectId),
    )
    .map(({ subjectId, percent = 100, at, resetsAt }) => ({
      ...{ keyName: names.get(subjectId) ?? null, percent, at },
      ...(resetsAt !== undefined && { resetsAt }),
    }))
    .sort((one, other) => other.at - one.at);
}

/** Their own; of one who came with a key that is nobody's, that one. */
export async function ownKeys(deps: Pick<MineDeps, 'listKeys'>, { member, key }: Visitor): Promise<readonly ApiKey[]> {
  const all = await deps.listKeys();
  return all.filter((one) => (member ? one.memberId === member.id : one.id === key?.id));
}

/** Who has only one of the keys must not be able to take the others over. */
export function mayRotate({ way, key: own }: Visitor, key: ApiKey): boolean {
  return way !== 'key' || own?.id === key.id;
}

async function keysOf(deps: MineDeps, visitor: Visitor, rotateKeys: boolean) {
  const uses = await deps.keyUses();
  const now = deps.clock.now();
  return await Promise.all(
    (await ownKeys(deps, visitor)).map(inForce).map(async (key) => {
      const end = endOf(key);
      const standings = await deps.limitStandings({ ...key, member: undefined });
      return {
        ...{
          id: key.id,
          name: key.name,
          prefix: key.prefix,
          ending: key.ending,
          expiresAt: end,
          lastUsedAt: uses.get(key.id)?.at,
        },
        state: stateOf(key, now),
        limits: standings.map(toStanding),
        mayRotate: rotateKeys && mayRotate(visitor, key),
      };
    }),
  );
}

function stateOf(key: ApiKey, now: number) {
  if (isUsable(key, now)) return 'usable' as const;
  return (endOf(key) ?? Number.POSITIVE_INFINITY) <= now ? ('expired' as const) : ('disabled' as const);
}

function toSpent(sums: UsageSums) {
  const { calls, inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = sums;
  const tokens = inputTokens + outputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
  return { calls, tokens, costNanoUsd: sums.billedNanoUsd };
}
