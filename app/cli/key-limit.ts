import { RelayError } from '../domain/errors.ts';
import type { KeyLimit } from '../keys/limit.ts';
import { limitText, parseLimit } from '../keys/limit-text.ts';
import type { Command, Flags, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import type { FlagValues } from './flags.ts';
import { standingTable } from './key-text.ts';
import { findKey } from './lookup.ts';
import { timeZoneOf } from './time-zone.ts';
import { UsageError } from './usage-error.ts';

export const limitFlags: Flags = {
  limit: {
    type: 'string',
    value: 'LIMIT',
    multiple: true,
    text: 'requests=10/minute, tokens=2m/5h, cost=5usd/day, concurrency=4; more with: waystation key limit --help',
  },
  'time-zone': { type: 'string', value: 'ZONE', text: 'for days, weeks and months; default: this computer’s' },
};

export const keyLimit: Command = {
  name: 'key limit',
  argument: 'NAME',
  summary: 'show or change what a key may spend',
  flags: {
    ...limitFlags,
    remove: { type: 'string', value: 'LIMIT', multiple: true, text: 'take this limit away, as it is shown' },
    clear: { type: 'boolean', text: 'take all limits away first' },
  },
  notes: [
    'A limit is MEASURE[:MODELS]=AMOUNT/TIME[@START][,MODE].',
    '  MEASURE  requests, tokens (of every class) or cost; concurrency=N stands alone',
    '  MODELS   patterns with | between them, such as cost:claude-opus-*=20usd/week',
    '  TIME     minute, hour, 30m, 5h, 24h roll; day, week, month; total',
    '  START    day@06:00, week@mon, week@sat-09:00',
    '  MODE     smooth holds what a call likely costs, strict the most it may;',
    '  shadow   only tells',
    '  waystation key limit laptop --limit cost=5usd/day --limit requests=10/minute',
  ],
  run,
};

interface GivenLimits {
  readonly limits?: KeyLimit[];
  readonly maxConcurrent?: number;
}

/** What `--limit` and `--max-concurrent` say; nothing when neither is there. */
export function readLimits(flags: FlagValues): GivenLimits {
  const timeZone = timeZoneOf(flags);
  const given = flags.list('limit');
  const atOnce = given.filter((text) => text.startsWith('concurrency=')).map((text) => concurrencyOf(text));
  const limits = given.filter((text) => !text.startsWith('concurrency=')).map((text) => readLimit(text, timeZone));
  const maxConcurrent = flags.integer('max-concurrent', { min: 1, max: 10_000 }) ?? atOnce.at(-1);
  return {
    ...(limits.length > 0 && { limits }),
    ...(maxConcurrent !== undefined && { maxConcurrent }),
  };
}

async function run(call: Invocation): Promise<number> {
  const { flags } = call;
  const { limits: added = [], maxConcurrent } = readLimits(flags);
  const removed = new Set(flags.list('remove'));
  const isChange = added.length > 0 || removed.size > 0 || flags.has('clear') || maxConcurrent !== undefined;
  return await withOperations(call, async (operations) => {
    const key = await findKey(operations, call.argument ?? '');
    if (isChange) {
      const kept = flags.has('clear') ? [] : key.limits.filter((limit) => !removed.delete(limitText(limit)));
      if (removed.size > 0) throw new UsageError(`${key.name} has no limit ${[...removed].join(', ')}.`);
      const replaced = kept.filter((limit) => !added.some((one) => isSame(one, limit)));
      await operations.updateKey({
        id: key.id,
        limits: [...replaced, ...added],
        ...(maxConcurrent !== undefined && { maxConcurrent }),
      });
    }
    const shown = await operations.showKey({ id: key.id });
    const atOnce = shown.maxConcurrent === undefined ? '' : `At most ${shown.maxConcurrent} calls at once.`;
    const none = atOnce === '' ? `${shown.name} has no limits.` : '';
    return call.print({
      json: shown,
      text: (page) =>
        [shown.standings.length === 0 ? none : standingTable(page, shown.standings), atOnce]
          .filter((part) => part !== '')
          .join('\n\n'),
    });
  });
}

/** A new amount or mode for the same thing takes the old one's place. */
function isSame(one: KeyLimit, other: KeyLimit): boolean {
  const amount = 1;
  return limitText({ ...one, amount, mode: 'smooth' }) === limitText({ ...other, amount, mode: 'smooth' });
}

/** One limit of the command line. */
export function readLimit(text: string, timeZone: string): KeyLimit {
  try {
    return parseLimit(text, timeZone);
  } catch (error) {
    if (error instanceof RelayError) throw new UsageError(error.message);
    throw error;
  }
}

function concurrencyOf(text: string): number {
  const count = Number(text.slice('concurrency='.length));
  if (Number.isInteger(count) && count >= 1 && count <= 10_000) return count;
  throw new UsageError('concurrency must be a whole number from 1 to 10000.');
}
