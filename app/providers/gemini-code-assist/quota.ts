import * as z from 'zod';
import { RelayError } from '../../domain/errors.ts';
import type { LimitSnapshot, LimitWindow } from '../../domain/limits.ts';
import { assistPath } from '../../protocols/gemini/assist-path.ts';
import { parseJson } from '../../protocols/json-value.ts';
import type { AccountDeps } from '../oauth.ts';
import type { CodeAssistSecret } from './credential.ts';
import { baseOf, settings } from './settings.ts';

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

/** What is left for each model. Nothing in an answer tells it, so that it is asked for, and only when somebody wants to know. */
export async function askQuota(secret: CodeAssistSecret, deps: AccountDeps): Promise<LimitSnapshot | undefined> {
  const account = settings.parse(deps.settings);
  const { status, body } = await deps.send({
    url: baseOf(account) + assistPath('retrieveUserQuota'),
    method: 'POST',
    headers: {
      authorization: `Bearer ${secret.accessToken}`,
      accept: 'application/json',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ project: account.project ?? secret.project }),
  });
  if (status === 200) return readQuota(body, deps.nowMs);
  throw new RelayError('upstream-broken', `Code Assist does not tell the account’s quota (HTTP ${status}).`);
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
