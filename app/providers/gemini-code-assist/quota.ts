import * as z from 'zod';
import type { LimitSnapshot, LimitWindow } from '../../domain/limits.ts';
import { assistPath } from '../../protocols/gemini/assist-path.ts';
import { parseJson } from '../../protocols/json-value.ts';
import type { ControlRequest } from '../oauth.ts';

const bucket = z.object({
  modelId: z.string().min(1),
  tokenType: z.string().nullish(),
  remainingFraction: z.number().min(0).nullish(),
  remainingAmount: z.coerce.number().int().min(0).nullish().catch(undefined),
  resetTime: z.string().nullish(),
});
const quota = z.object({ buckets: z.array(z.unknown()) });

/** No window is longer than a week; what claims to be is a mistake. */
const maxAheadMs = 8 * 24 * 3_600_000;
const units: Readonly<Record<string, LimitWindow['unit']>> = { REQUESTS: 'requests', TOKENS: 'tokens' };

export function quotaRequest(base: string, accessToken: string, project: string | undefined): ControlRequest {
  return {
    url: base + assistPath('retrieveUserQuota'),
    method: 'POST',
    headers: {
      authorization: `Bearer ${accessToken}`,
      accept: 'application/json',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ project }),
  };
}

/** One window for each bucket. Undefined when the text is no quota. */
export function readQuota(text: string, nowMs: number): LimitSnapshot | undefined {
  const { data } = quota.safeParse(parseJson(text));
  if (!data) return undefined;
  const windows = data.buckets.flatMap((value) => {
    const parsed = bucket.safeParse(value);
    return parsed.success ? [windowOf(parsed.data, nowMs)] : [];
  });
  return { readAt: nowMs, windows: [...new Map(windows.map((window) => [window.name, window])).values()] };
}

function windowOf(
  { modelId, tokenType, remainingFraction, remainingAmount, resetTime }: z.infer<typeof bucket>,
  nowMs: number,
): LimitWindow {
  const resetsAt = Date.parse(resetTime ?? '');
  const isTrue = resetsAt > nowMs && resetsAt - nowMs <= maxAheadMs;
  return {
    name: tokenType ? `${modelId} ${tokenType.toLowerCase()}` : modelId,
    models: [modelId],
    used: remainingFraction == null ? undefined : Math.max(0, 1 - remainingFraction),
    unit: units[tokenType ?? ''],
    remaining: remainingAmount ?? undefined,
    resetsAt: isTrue ? resetsAt : undefined,
    isExhausted: remainingFraction === 0,
  };
}
