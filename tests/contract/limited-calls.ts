import { RelayError } from '../../app/domain/errors.ts';
import { newId } from '../../app/domain/ids.ts';
import { noUsage } from '../../app/domain/usage.ts';
import type { ApiKey } from '../../app/keys/key.ts';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { billedAt } from '../../app/keys/multipliers.ts';
import { amountsOf, limitedCall } from '../../app/relay/amounts.ts';
import { settledCall } from '../../app/usage/__fixtures__/calls.ts';
import type { CallRecord } from '../../app/usage/record.ts';
import type { Node } from './limit-node.ts';

// Calls as the pipeline makes them, without what is sent upstream.

export interface Size {
  readonly requestBytes: number;
  readonly maxOutputTokens: number;
}

type Used = Partial<CallRecord['usage']>;

/** A call that its limits have let in, and how to go on with it. */
export interface Admitted {
  /** It is stored and counts. */
  end(used: Used, more?: Partial<CallRecord>): Promise<void>;
  /** It is stored, and nobody is told. */
  store(used: Used, more?: Partial<CallRecord>): Promise<void>;
}

const model = 'claude-opus-5-5';

export async function keyWith(node: Node, ...limits: readonly string[]): Promise<ApiKey> {
  return await keyBilled(node, undefined, ...limits);
}

export async function keyBilled(
  node: Node,
  multiplier: number | undefined,
  ...limits: readonly string[]
): Promise<ApiKey> {
  const given = { name: 'test', multiplier, limits: limits.map((text) => parseLimit(text, 'UTC')) };
  return (await node.parts.keyRepository.create(given)).key;
}

/** Undefined when a limit refused it. */
export async function admit(
  { parts, limiter, recorder }: Node,
  key: ApiKey,
  size: Size,
): Promise<Admitted | undefined> {
  const at = parts.ports.clock.now();
  const multiplier = billedAt(parts.multipliers.of(key, 'anthropic'), 'direct');
  const reservation = await limiter
    .reserve(key, limitedCall({ model, at, multiplier, ...size }, parts.prices))
    .catch((error: unknown) => {
      if (error instanceof RelayError) return 'refused' as const;
      throw error;
    });
  if (reservation === 'refused') return undefined;
  const requestId = newId('req', at);
  const { requestBytes } = size;
  const opened = { requestId, startedAt: at, keyId: key.id, protocol: 'anthropic', route: '/v1/messages', model };
  recorder.opened({ ...opened, requestBytes, multiplier });
  recorder.attempting(requestId, 'acc_1');
  const store = async (used: Used, more: Partial<CallRecord> = {}) => {
    const usage = { ...noUsage, basis: 'reported' as const, ...used };
    const record = settledCall(requestId, { keyId: key.id, startedAt: at, model, usage, multiplier, ...more });
    await recorder.record(record);
    reservation?.spend(amountsOf(record, parts.prices).billed);
  };
  return {
    store,
    end: async (used, more) => {
      await store(used, more);
      await reservation?.[Symbol.asyncDispose]();
    },
  };
}

/** What the rows of a key say, added up one by one: calls, tokens, nano-dollars that are billed. */
export async function rowsOf({ parts }: Node, key: ApiKey): Promise<readonly number[]> {
  const rows = await parts.store.db
    .selectFrom('usage')
    .select(['input_tokens', 'output_tokens', 'cost_nano_usd', 'billed_nano_usd'])
    .where('key_id', '=', key.id)
    .execute();
  const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + of(row), 0);
  return [
    rows.length,
    sum((row) => Number(row.input_tokens) + Number(row.output_tokens)),
    sum((row) => Number(row.billed_nano_usd ?? row.cost_nano_usd ?? 0)),
  ];
}

/** What counts and what is held, by limit. */
export async function standingsOf({ limiter }: Node, key: ApiKey): Promise<readonly (readonly [number, number])[]> {
  return (await limiter.standings(key)).map(({ spent, held }) => [spent, held]);
}
