import { periodAt } from '../../domain/calendar.ts';
import type { UsageEntry } from '../../usage/repository.ts';
import { addSums, noSums, type UsageSummary, type UsageSums } from '../../usage/summary.ts';
import { attentionNow } from './attention.ts';
import { routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

export function overviewOperations(parts: AdminParts) {
  const { accountRepository, accounts, usage } = parts;
  return {
    showToday: operation(routes.showToday, ({ timeZone }) => todayOf(parts, timeZone)),
    listAttention: operation(routes.listAttention, () => attentionNow(parts)),
    orderAccounts: operation(routes.orderAccounts, async ({ steps }) => {
      const ids = steps.flat();
      if (new Set(ids).size < ids.length) throw new AdminError('request-invalid', 'steps: an account is named twice.');
      const priorities = new Map(steps.flatMap((step, index) => step.map((id) => [id, index + 1] as const)));
      if (!(await accountRepository.setPriorities(priorities))) {
        throw new AdminError('not-found', 'One of these accounts is not there any more; nothing was changed.');
      }
      await accounts.reload();
      return [...priorities].map(([accountId, priority]) => ({ accountId, priority }));
    }),
    listCalls: operation(routes.listCalls, async ({ key, account, cursor, ...filter }) => {
      const after = cursor === undefined ? undefined : readCursor(cursor);
      const found = await usage.list({ ...filter, keyId: key, accountId: account, after });
      const last = found.length === filter.limit ? found.at(-1) : undefined;
      const calls = found.map((one) => ({ ...one, attempts: [...one.attempts], anomalies: [...one.anomalies] }));
      return { calls, next: last ? cursorAt(last) : null };
    }),
  };
}

/** Two calls of one millisecond are told apart by their ids. */
function cursorAt({ startedAt, requestId }: UsageEntry): string {
  return `${startedAt}.${requestId}`;
}

function readCursor(cursor: string) {
  const [, startedAt, requestId] = /^(\d{1,15})\.([\w-]{1,64})$/.exec(cursor) ?? [];
  if (startedAt === undefined || requestId === undefined) {
    throw new AdminError('request-invalid', 'cursor: take it from the page before, as it is.');
  }
  return { startedAt: Number(startedAt), requestId };
}

/** One question; all that is shown of the day is added up from its answer. */
async function todayOf({ rollups, ports }: AdminParts, timeZone: string) {
  const { startsAt, endsAt } = periodAt({ unit: 'day', timeZone }, ports.clock.now());
  const found = await rollups.summary({ groupBy: 'account', per: 'key', since: startsAt, before: endsAt, timeZone });
  return {
    ...{ startsAt, endsAt, timeZone },
    total: found.reduce<UsageSums>(addSums, noSums),
    byAccount: [...addedBy(found, ({ group }) => group)].map(([accountId, sums]) => ({ accountId, ...sums })),
    byKey: [...addedBy(found, ({ per }) => per)].map(([keyId, sums]) => ({ keyId, ...sums })),
  };
}

function addedBy(
  found: readonly UsageSummary[],
  nameOf: (one: UsageSummary) => string | null,
): ReadonlyMap<string | null, UsageSums> {
  const byName = new Map<string | null, UsageSums>();
  for (const one of found) byName.set(nameOf(one), addSums(byName.get(nameOf(one)) ?? noSums, one));
  return byName;
}
