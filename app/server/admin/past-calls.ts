import * as z from 'zod';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { wheres } from '../../keys/services.ts';
import type { RouteId } from '../../protocols/protocol.ts';
import { routeFacts } from '../../protocols/routes.ts';
import type { PastCall } from '../../scheduler/replay.ts';
import type { UsageEntry, UsageRepository } from '../../usage/repository.ts';
import { clientKind, verdict } from './contract-scheduling.ts';

/** More than this would keep the relay busy for too long. */
const maxCalls = 20_000;
const pageSize = 1_000;

/** What a replay needs of an explanation; rows of versions that stored less are left out. */
const replayable = z.object({
  ask: z.object({
    bringsCredential: z.boolean(),
    client: clientKind.optional(),
    isFromHere: z.boolean().optional(),
    isOwn: z.boolean().optional(),
    moveNanoUsd: z.number().optional(),
    boundAccountId: z.string().optional(),
    boundBy: z.enum(['key', 'server-state']).optional(),
    groupId: z.string().optional(),
    reach: z.array(z.enum(wheres)).optional(),
    unplaced: z.enum(['unknown', 'foreign', 'split', 'elsewhere']).optional(),
    models: z.array(z.string()).optional(),
  }),
  verdicts: z.array(
    verdict.extend({
      skipped: z.string().optional(),
      inFlight: z.number(),
      served: z.number(),
      starts: z.number(),
      lastStartAt: z.number(),
    }),
  ),
});

interface Past {
  readonly usage: Pick<UsageRepository, 'list'>;
  /** Calls are stored under the names that clients gave. */
  readonly catalogue: Pick<Catalogue, 'resolve'>;
}

/** The latest calls of a time, the oldest first. */
export async function pastCalls(
  { usage, catalogue }: Past,
  { since, before }: { readonly since?: number | undefined; readonly before?: number | undefined },
): Promise<readonly PastCall[]> {
  const found: UsageEntry[] = [];
  let until = before;
  while (found.length < maxCalls) {
    const page = await usage.list({ limit: pageSize, since, before: until });
    found.push(...page);
    const last = page.at(-1);
    if (page.length < pageSize || !last || last.startedAt === until) break;
    until = last.startedAt;
  }
  const modelOf = (asked: string) => catalogue.resolve(asked).model;
  return found.toReversed().flatMap((entry) => toPastCall(entry, modelOf) ?? []);
}

function toPastCall(entry: UsageEntry, modelOf: (asked: string) => string): PastCall | undefined {
  const parsed = replayable.safeParse(entry.explanation);
  if (!parsed.success || !isRoute(entry.route)) return undefined;
  return {
    requestId: entry.requestId,
    startedAt: entry.startedAt,
    keyId: entry.keyId ?? '',
    session: entry.session ?? entry.requestId,
    model: modelOf(entry.model),
    route: entry.route,
    accountId: entry.accountId ?? undefined,
    wasServed: entry.status !== 'failed',
    explanation: parsed.data as PastCall['explanation'],
  };
}

function isRoute(name: string): name is RouteId {
  return Object.hasOwn(routeFacts, name);
}
