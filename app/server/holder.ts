import type * as z from 'zod';
import type { Clock } from '../domain/clock.ts';
import { RelayError } from '../domain/errors.ts';
import { KeyGuesses } from '../keys/guesses.ts';
import { type ApiKey, endOf } from '../keys/key.ts';
import type { LimitStanding } from '../keys/limit-refusal.ts';
import { TopUpRefused } from '../keys/top-up.ts';
import type { Redeemed } from '../keys/top-up-repository.ts';
import type { KeyUse } from '../keys/uses.ts';
import type { Protocol } from '../protocols/protocol.ts';
import type { Caller } from '../relay/call.ts';
import type { UsageRollups } from '../usage/rollups.ts';
import { addSums, noSums, type UsageSums } from '../usage/summary.ts';
import { type HolderLimit, type HolderPage, type HolderSums, holderPages, topUpBody } from './holder-contract.ts';

export interface HolderDeps {
  readonly clock: Clock;
  readonly rollups: Pick<UsageRollups, 'summary'>;
  limitStandings(key: ApiKey): Promise<readonly LimitStanding[]>;
  keyUses(): Promise<ReadonlyMap<string, KeyUse>>;
  redeem(code: string, keyId: string): Promise<Redeemed>;
}

export interface HolderQuestion {
  readonly caller: Caller;
  readonly page: HolderPage;
  readonly protocol: Pick<Protocol, 'id'>;
  /** With its question mark, or empty. */
  readonly query: string;
  readBody(): Promise<Uint8Array>;
}

const monthMs = 30 * 86_400_000;
const maxPerMinute = 60;
const minuteMs = 60_000;

/** Tells the holder of a key about it. Asking is no call: it counts for no limit, and works when all are reached. */
export class Holder {
  readonly #deps: HolderDeps;
  /** Keys that try codes. */
  readonly #guesses: KeyGuesses;
  /** By key, in the minute that runs. */
  #asked = new Map<string, number>();
  #since = Number.NEGATIVE_INFINITY;

  constructor(deps: HolderDeps) {
    this.#deps = deps;
    this.#guesses = new KeyGuesses(deps.clock);
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
    if (page === 'top-up') {
      read(holderPages['top-up'].query, query);
      return written(holderPages['top-up'].output, await this.#topUp(key, bodyOf(await asked.readBody())));
    }
    return written(holderPages.usage.output, await this.#usage(key, read(holderPages.usage.query, query)));
  }

  async #topUp({ id }: ApiKey, code: string): Promise<z.input<(typeof holderPages)['top-up']['output']>> {
    const retryAfterMs = this.#guesses.restMs(id);
    if (retryAfterMs > 0) {
      const message = 'This key tried too many wrong top-up codes. Check the code, then try again later.';
      throw new RelayError('rate-limited', message, { retryAfterMs });
    }
    const { topUp, key } = await this.#deps.redeem(code, id).catch((error: unknown) => {
      if (error instanceof TopUpRefused && error.reason === 'unknown') this.#guesses.wrong(id);
      throw error;
    });
    const { measure, amount, extendMs } = topUp;
    return { redeemed: { measure, amount, extendMs }, expiresAt: endOf(key), limits: await this.#limits(key) };
  }

  async #usage(
    key: ApiKey,
    { since = this.#deps.clock.now() - monthMs, before, by, timeZone }: z.output<typeof holderPages.usage.query>,
  ): Promise<z.input<typeof holderPages.usage.output>> {
    const found = await this.#deps.rollups.summary({ since, before, groupBy: by, keyId: key.id, timeZone });
    const groups = inOrder(
      found.map((one) => ({ group: one.group, ...toSums(one) })),
      by,
    );
    return {
      ...{ since, before: before ?? null, timeZone, by },
      total: toSums(found.reduce<UsageSums>(addSums, noSums)),
      groups,
      limits: await this.#limits(key),
    };
  }

  async #limits(key: ApiKey): Promise<HolderLimit[]> {
    const standings = await this.#deps.limitStandings(key);
    return standings.map(({ name, isShared, limit: { measure, amount, mode }, spent, held, resetsAt }) => ({
      ...{ name, isShared, measure, amount, spent, held, resetsAt },
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

function toSums(sums: UsageSums): HolderSums {
  const { calls, failedCalls, unpricedCalls, inputTokens, outputTokens, cacheReadTokens } = sums;
  const cacheWriteTokens = sums.cacheWrite5mTokens + sums.cacheWrite1hTokens;
  return {
    ...{ calls, failedCalls, unpricedCalls, inputTokens, outputTokens, cacheReadTokens },
    cacheWriteTokens,
    costNanoUsd: sums.billedNanoUsd,
  };
}

/** Times stay as they are; of the others the dearest for the holder comes first. */
function inOrder<Sums extends HolderSums>(groups: Sums[], by: 'day' | 'hour' | 'model' | 'project'): Sums[] {
  return by === 'day' || by === 'hour' ? groups : groups.toSorted((a, b) => b.costNanoUsd - a.costNanoUsd);
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
  throw invalid(parsed.error);
}

function bodyOf(bytes: Uint8Array): string {
  const parsed = topUpBody.safeParse(jsonOf(bytes));
  if (parsed.success) return parsed.data.code;
  throw invalid(parsed.error);
}

/** NOTE: what the parser says repeats a piece of the body, which holds a code. */
function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new RelayError('request-invalid', 'The body is not valid JSON. Send {"code": "…"}.');
  }
}

function invalid({ issues }: z.ZodError): RelayError {
  const problems = issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  return new RelayError('request-invalid', `${problems.join('. ')}.`);
}

/** Only what the page's schema names leaves the relay. */
function written<Page extends z.ZodType>(schema: Page, value: z.input<Page>): string {
  return JSON.stringify(schema.parse(value));
}
