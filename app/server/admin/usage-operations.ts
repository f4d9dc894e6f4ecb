import * as z from 'zod';
import { thisComputer } from '../../usage/record.ts';
import type { UsageEntry } from '../../usage/repository.ts';
import { Repricer } from '../../usage/reprice.ts';
import { routes } from './contract.ts';
import { sticky as stickyOutcome, strategy, verdict, waited } from './contract-scheduling.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<
  AdminParts,
  'usage' | 'rollups' | 'retention' | 'accountRepository' | 'keyRepository' | 'store' | 'prices' | 'live'
>;

export function usageOperations(parts: Parts) {
  const { usage, rollups, retention } = parts;
  const repricer = new Repricer(parts.store, parts.prices);
  return {
    listUsage: operation(routes.listUsage, async ({ key, account, ...rest }) => {
      const entries = await usage.list({ ...rest, keyId: key, accountId: account });
      return entries.map(toWire);
    }),
    summarizeUsage: operation(routes.summarizeUsage, ({ by, key, account, ...rest }) =>
      rollups.summary({ ...rest, groupBy: by, keyId: key, accountId: account }),
    ),
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
    sticky,
    stickyAccountId: ask.stickyAccountId ?? null,
    moveNanoUsd: ask.moveNanoUsd ?? null,
    groupId: ask.groupId ?? null,
    strategy: chosenBy,
    verdicts,
    waits,
    price: entry.price && { ...entry.price },
    accountNames: Object.fromEntries(named.map(({ id, name }) => [id, name])),
    keyName: await nameOfKey(keyRepository, entry.keyId),
  };
}

async function nameOfKey(keys: Parts['keyRepository'], id: string | null): Promise<string | null> {
  if (id === null) return null;
  return id === thisComputer ? 'this computer' : ((await keys.find(id))?.name ?? null);
}

function toWire(entry: UsageEntry) {
  return { ...entry, attempts: [...entry.attempts], anomalies: [...entry.anomalies] };
}

function unknownCall(): AdminError {
  return new AdminError('not-found', 'There is no such call. See the latest ones with: waystation usage list');
}
