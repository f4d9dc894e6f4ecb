import type { Headers } from '../../domain/headers.ts';
import type { LimitSnapshot, LimitWindow } from '../../domain/limits.ts';
import { plausible, readRetryAfter } from '../anthropic/limits.ts';
import type { LimitReply } from '../provider.ts';

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const classes = ['requests', 'tokens'] as const;
const remainingOf = { requests: 'x-ratelimit-remaining-requests', tokens: 'x-ratelimit-remaining-tokens' } as const;

/** What OpenAI and those who follow it tell with every answer: the model's requests and tokens, with their refill. */
export function readLimits({ headers, model, nowMs }: LimitReply): LimitSnapshot | undefined {
  // Two look-ups, for all the answers that tell nothing.
  if (headers[remainingOf.requests] === undefined && headers[remainingOf.tokens] === undefined) return undefined;
  const windows = classes.flatMap((name) => readWindow(headers, name, { model, nowMs }) ?? []);
  return windows.length === 0 ? undefined : { readAt: nowMs, windows };
}

/** Some Azure deployments tell -1 where they tell nothing. */
function readWindow(
  headers: Headers,
  name: (typeof classes)[number],
  { model, nowMs }: Pick<LimitReply, 'model' | 'nowMs'>,
): LimitWindow | undefined {
  const remaining = Number(headers[remainingOf[name]] ?? Number.NaN);
  const limit = Number(headers[`x-ratelimit-limit-${name}`] ?? Number.NaN);
  if (!(remaining >= 0) || limit <= 0) return undefined;
  const waitMs = readDuration(headers[`x-ratelimit-reset-${name}`] ?? '');
  return {
    name,
    models: [model],
    unit: name,
    limit: Number.isFinite(limit) ? limit : undefined,
    remaining,
    used: Number.isFinite(limit) ? Math.min(1, Math.max(0, 1 - remaining / limit)) : undefined,
    resetsAt: waitMs === undefined ? undefined : nowMs + waitMs,
    isExhausted: remaining === 0,
  };
}

/**
 * How long a 429 asks to wait: `retry-after(-ms)` knows best, then the reset of whatever has nothing left, then the
 * message ("Please try again in 1m2.5s.").
 */
export function readLimitWait(headers: Headers, message: string, nowMs: number): number | undefined {
  const [, named = ''] = /try again in ((?:\d+(?:\.\d+)?(?:ms|[dhms]))+)/i.exec(message) ?? [];
  return readRetryAfter(headers, nowMs) ?? exhaustedWait(headers) ?? readDuration(named);
}

/** `20ms`, `1s`, `6m0s`, `1h2m3.5s` or a bare number of seconds, in milliseconds. */
export function readDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(?:\.\d+)?$/.test(trimmed)) return plausible(Number(trimmed) * 1_000);
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[dhms]))+$/.test(trimmed)) return undefined;
  const pieces = [...trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)];
  return plausible(pieces.reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitMs[unit] ?? 0), 0));
}

function exhaustedWait(headers: Headers): number | undefined {
  const waits = classes
    .filter((name) => headers[remainingOf[name]]?.trim() === '0')
    .map((name) => readDuration(headers[`x-ratelimit-reset-${name}`] ?? ''))
    .filter((waitMs) => waitMs !== undefined);
  return waits.length === 0 ? undefined : Math.max(...waits);
}
