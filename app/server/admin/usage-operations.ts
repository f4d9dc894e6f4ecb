import * as z from 'zod';
import type { RouteId } from '../../protocols/protocol.ts';
import { routeFacts } from '../../protocols/routes.ts';
import { costParts, type StoredPrice } from '../../usage/cost-parts.ts';
import { readExport, UnreadableExport } from '../../usage/provider-export.ts';
import { questionOf, reconcile } from '../../usage/reconcile.ts';
import { thisComputer } from '../../usage/record.ts';
import type { UsageEntry } from '../../usage/repository.ts';
import { Repricer } from '../../usage/reprice.ts';
import { routes } from './contract.ts';
import { sticky as stickyOutcome, strategy, verdict, waited } from './contract-scheduling.ts';
import { mostToolDays } from './contract-usage.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<
  AdminParts,
  'usage' | 'rollups' | 'retention' | 'accountRepository' | 'keyRepository' | 'store' | 'prices' | 'ports' | 'live'
>;

export function usageOperations(parts: Parts) {
  const { usage, rollups, retention } = parts;
  const repricer = new Repricer(parts.store, parts.prices);
  return {
    listUsage: operation(routes.listUsage, async ({ key, member, account, ...rest }) => {
      const entries = await usage.list({ ...rest, keyId: key, memberId: member, accountId: account });
      return entries.map(toWire);
    }),
    summarizeUsage: operation(routes.summarizeUsage, async ({ by, key, member, account, ...rest }) => {
      if (by === 'tool' || rest.per === 'tool') checkToolTime(rest, parts.ports.clock.now());
      return await rollups.summary({ ...rest, groupBy: by, keyId: key, memberId: member, accountId: account });
    }),
    reconcileUsage: operation(routes.reconcileUsage, async ({ csv, account, tolerancePercent }) => {
      const exported = readLines(csv);
      const { by, ...question } = questionOf(exported);
      const ours = await rollups.summary({ ...question, groupBy: by, accountId: account, timeZone: 'UTC' });
      return reconcile(exported, ours, tolerancePercent / 100).map(({ theirs, ours: mine, differs, ...of }) => ({
        ...of,
        ...{ theirs: theirs ?? null, ours: mine ?? null, differs: [...differs] },
      }));
    }),
    checkRollups: operation(routes.checkRollups, () => rollups.check()),
    rebuildRollups: operation(routes.rebuildRollups, () => rollups.rebuild()),
    showRetention: operation(routes.showRetention, () => retention.read()),
    updateRetention: operation(routes.updateRetention, async (patch) => {
      const before = await retention.read();
      const { days = before.days, maxRows = before.maxRows } = patch;
      await retention.set({ days: days ?? undefined, maxRows: maxRows ?? undefined });
      return await retention.read();
    }),
    explainCall: operation(routes.explainCall, async ({ requestId }) => {
      const entry = await usage.find(requestId);
      if (!entry) throw unknownCall();
      return await explain(parts, entry);
    }),
    priceUnknown: operation(routes.priceUnknown, async (step) => {
      const { models, next } = await repricer.step(step);
      if (!step.isDryRun && next === null) await parts.live?.recountLimits();
      return { models: [...models], next };
    }),
  };
}

/** Rather than a part of the time for the whole of it. */
function checkToolTime(
  { since = 0, before }: { since?: number | undefined; before?: number | undefined },
  now: number,
) {
  if ((before ?? now) - since <= (mostToolDays + 1) * 86_400_000) return;
  throw new AdminError(
    'request-invalid',
    `Tools are counted from single calls, for ${mostToolDays} days at most. Ask for a shorter time, such as --since 30d.`,
  );
}

/** As the scheduler wrote it then; rows of other versions may differ, and an explanation must not fail for that. */
const storedExplanation = z.object({
  ask: z
    .object({
      stickyAccountId: z.string().optional(),
      moveNanoUsd: z.number().optional(),
      groupId: z.string().optional(),
    })
    .catch({}),
  sticky: stickyOutcome.nullable().catch(null),
  strategy: strategy.nullable().catch(null),
  verdicts: z.array(verdict).catch([]),
  waits: z.array(waited).catch([]),
});
const nothingStored: z.output<typeof storedExplanation> = {
  ...{ ask: {}, sticky: null, strategy: null, verdicts: [], waits: [] },
};

async function explain({ accountRepository, keyRepository }: Parts, entry: UsageEntry) {
  const parsed = storedExplanation.safeParse(entry.explanation);
  const { ask, sticky, strategy: chosenBy, verdicts, waits } = parsed.success ? parsed.data : nothingStored;
  const mentioned = new Set([...verdicts, ...entry.attempts].map(({ accountId }) => accountId));
  const named = (await accountRepository.list()).filter(({ id }) => mentioned.has(id));
  return {
    call: toWire(entry),
    path: pathOf(entry),
    sticky,
    stickyAccountId: ask.stickyAccountId ?? null,
    moveNanoUsd: ask.moveNanoUsd ?? null,
    groupId: ask.groupId ?? null,
    strategy: chosenBy,
    verdicts,
    waits,
    cost: entry.price && toCost(entry, entry.price),
    accountNames: Object.fromEntries(named.map(({ id, name }) => [id, name])),
    keyName: await nameOfKey(keyRepository, entry.keyId),
  };
}

function toCost(entry: UsageEntry, price: StoredPrice) {
  const { tokens, pieces, ...rest } = costParts(entry, price);
  return { ...rest, tokens: [...tokens], pieces: [...pieces] };
}

/** Gemini's name the model; rows of other versions may name routes that are gone. */
function pathOf({ route, model }: UsageEntry): string {
  const path = isRoute(route) ? routeFacts[route].path : '/';
  return path === '/v1beta/models' ? `${path}/${encodeURIComponent(model)}:generateContent` : path;
}

function isRoute(name: string): name is RouteId {
  return Object.hasOwn(routeFacts, name);
}

async function nameOfKey(keys: Parts['keyRepository'], id: string | null): Promise<string | null> {
  if (id === null) return null;
  return id === thisComputer ? 'this computer' : ((await keys.find(id))?.name ?? null);
}

function toWire(entry: UsageEntry) {
  return { ...entry, attempts: [...entry.attempts], anomalies: [...entry.anomalies] };
}

function readLines(csv: string): ReturnType<typeof readExport> {
  try {
    const exported = readExport(csv);
    if (exported.length > 0) return exported;
  } catch (error) {
    if (error instanceof UnreadableExport) throw new AdminError('request-invalid', error.message);
    throw error;
  }
  throw new AdminError('request-invalid', 'The file has no lines to compare.');
}

function unknownCall(): AdminError {
  return new AdminError('not-found', 'There is no such call. See the latest ones with: waystation usage list');
}
