import type * as z from 'zod';
import type { Clock } from '../domain/clock.ts';
import { RelayError } from '../domain/errors.ts';
import { type ApiKey, endOf } from '../keys/key.ts';
import type { LimitStanding } from '../keys/limit-refusal.ts';
import type { KeyUse } from '../keys/uses.ts';
import type { Protocol } from '../protocols/protocol.ts';
import type { Caller } from '../relay/call.ts';
import type { UsageRollups } from '../usage/rollups.ts';
import type { UsageSums } from '../usage/summary.ts';
import { type HolderLimit, type HolderPage, type HolderSums, holderPages } from './holder-contract.ts';

export interface HolderDeps {
  readonly clock: Clock;
  readonly rollups: Pick<UsageRollups, 'summary'>;
  limitStandings(key: ApiKey): Promise<readonly LimitStanding[]>;
  keyUses(): Promise<ReadonlyMap<string, KeyUse>>;
}

export interface HolderQuestion {
  readonly caller: Caller;
  readonly page: HolderPage;
  readonly protocol: Pick<Protocol, 'id'>;
  /** With its question mark, or empty. */
  readonly query: string;
}

const monthMs = 30 * 86_400_000;
const maxPerMinute = 60;
const minuteMs = 60_000;

/** Tells the holder of a key about it. Asking is no call: it counts for no limit, and works when all are reached. */
export class Holder {
  readonly #deps: HolderDeps;
  /** By key, in the minute that runs. */
  #asked = new Map<string, number>();
  #since = Number.NEGATIVE_INFINITY;

  constructor(deps: HolderDeps) {
    this.#deps = deps;
  }

  /** As JSON. Throws `key-missing`, `rate-limited`, `request-invalid`. */
  async answer({ caller, page, protocol, ...asked }: HolderQuestion): Promise<string> {
    if (caller.kind !== 'key') {
      throw new RelayError('key-missing', 'This address tells about a Waystation key: send one in x-api-key.');
    }
    this.#throttle(caller.key.id);
    const { key } = caller;
    const query = protocol.id === 'gemini' ? withoutCredential(asked.query) : asked.query;
    if (page === 'me') return written(holderPages.me.output, aboutKey(read(holderPages.me.query, query) && key));
    if (page === 'key-info') {
      read(holderPages['key-info'].query, query);
      const lastUse = (await this.#deps.keyUses()).get(key.id);
      return written(holderPages['key-info'].output, { ...aboutKey(key), limits: await this.#limits(key), lastUse });
    }
    return written(holderPages.usage.output, await this.#usage(key, read(holderPages.usage.query, query)));
  }

  async #usage(
    key: ApiKey,
    { since = this.#deps.clock.now() - monthMs, before, by, timeZone }: z.output<typeof holderPages.usage.query>,
  ): Promise<z.input<typeof holderPages.usage.output>> {
    const found = await this.#deps.rollups.summary({ since, before, groupBy: by, keyId: key.id, timeZone });
    const groups = found.map((one) => ({ group: one.group, ...toSums(one) }));
    return {
      ...{ since, before: before ?? null, timeZone, by },
      total: groups.reduce<HolderSums>(added, noSums),
      groups,
      limits: await this.#limits(key),
    };
  }

  async #limits(key: ApiKey): Promise<HolderLimit[]> {
    const standings = await this.#deps.limitStandings(key);
    return standings.map(({ name, limit: { measure, amount, mode }, spent, held, resetsAt }) => ({
      ...{ name, measure, amount, spent, held, resetsAt },
      remaining: Math.max(0, amount - spent - held),
      isEnforced: mode !== 'shadow',
    }));
  }

  /** Sums of a busy key are work for the database. */
  #throttle(keyId: string): void {
    const now = this.#deps.clock.monotonic();
    if (now - this.#since >= minuteMs) {
      this.#since = now;
      this.#asked = new Map();
    }
    const asked = (this.#asked.get(keyId) ?? 0) + 1;
    this.#asked.set(keyId, asked);
    if (asked <= maxPerMinute) return;
    const message = `A key may ask about itself ${maxPerMinute} times a minute. Try again later.`;
    throw new RelayError('rate-limited', message, { retryAfterMs: this.#since + minuteMs - now });
  }
}

function aboutKey(key: ApiKey): z.input<typeof holderPages.me.output> {
  const { id, name, prefix, owner, createdAt, lifetimeMs, activatedAt, maxConcurrent } = key;
  return {
    ...{ id, name, prefix, owner, createdAt, lifetimeMs, activatedAt, maxConcurrent },
    expiresAt: endOf(key),
    services: [...key.services],
    models: [...key.models],
    deniedModels: [...key.deniedModels],
    clients: [...key.clients],
  };
}

const noSums: HolderSums = {
  ...{ calls: 0, failedCalls: 0, unpricedCalls: 0, costNanoUsd: 0 },
  ...{ inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
};

function toSums(sums: UsageSums): HolderSums {
  const { calls, failedCalls, unpricedCalls, inputTokens, outputTokens, cacheReadTokens, costNanoUsd } = sums;
  const cacheWriteTokens = sums.cacheWrite5mTokens + sums.cacheWrite1hTokens;
  return {
    ...{ calls, failedCalls, unpricedCalls, inputTokens, outputTokens, cacheReadTokens, costNanoUsd },
    cacheWriteTokens,
  };
}

function added(a: HolderSums, b: HolderSums): HolderSums {
  return {
    calls: a.calls + b.calls,
    failedCalls: a.failedCalls + b.failedCalls,
    unpricedCalls: a.unpricedCalls + b.unpricedCalls,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    costNanoUsd: a.costNanoUsd + b.costNanoUsd,
  };
}

/** Gemini's clients may send their key there. */
function withoutCredential(query: string): string {
  const fields = new URLSearchParams(query);
  fields.delete('key');
  return fields.toString();
}

/** The query of a page, strictly: a name that it does not know may be a wish for more than may be had. */
function read<Query extends z.ZodType>(schema: Query, query: string): z.output<Query> {
  const given: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (Object.hasOwn(given, name)) throw new RelayError('request-invalid', `${name} is given twice; give it once.`);
    // NOTE: zod would drop this one name silently.
    if (name === '__proto__') throw new RelayError('request-invalid', `${name} is no field of this address.`);
    given[name] = value;
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw new RelayError('request-invalid', `${problems.join('. ')}.`);
}

/** Only what the page's schema names leaves the relay. */
function written<Page extends z.ZodType>(schema: Page, value: z.input<Page>): string {
  return JSON.stringify(schema.parse(value));
}
