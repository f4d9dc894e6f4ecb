import { describe, expect, test } from 'vitest';
import type { Fault } from '../../domain/fault.ts';
import type { Headers } from '../../domain/headers.ts';
import { classify } from './errors.ts';

const nowMs = Date.parse('2026-11-20T12:00:00Z');
const nowSeconds = nowMs / 1_000;
const hourMs = 3_600_000;
const json: Headers = { 'content-type': 'application/json' };

function fault(status: number, body: unknown, headers: Headers = json): Fault {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return classify({ status, headers, body: bytes, facts: undefined, nowMs });
}

const limited = (retryAfterMs: number | undefined, scope: 'account' | 'model' = 'account'): Fault => {
  return { kind: 'rate-limited', scope, retryAfterMs };
};
const reached = (more = {}) => ({ error: { type: 'usage_limit_reached', message: 'The usage limit…', ...more } });
const exhausted = (start: string, seconds: number): Headers => ({
  [`${start}-used-percent`]: '100',
  [`${start}-reset-at`]: String(nowSeconds + seconds),
});

describe('a used-up limit', () => {
  test.each<[string, unknown, Headers, Fault]>([
    ['the body’s time', reached({ resets_at: nowSeconds + 3_600, resets_in_seconds: 9 }), json, limited(hourMs)],
    ['the body’s seconds', reached({ resets_in_seconds: 13_872 }), json, limited(13_872_000)],
    ['a past time, then seconds', reached({ resets_at: 1, resets_in_seconds: 60 }), json, limited(60_000)],
    ['the window that is used up', reached(), exhausted('x-codex-primary', 120), limited(120_000)],
    [
      'the later of two windows',
      reached(),
      { ...exhausted('x-codex-primary', 120), ...exhausted('x-codex-secondary', 7_200) },
      limited(2 * hourMs),
    ],
    ['retry-after', reached(), { 'retry-after': '7' }, limited(7_000)],
    ['nothing', reached(), json, limited(undefined)],
    ['more than eight days', reached({ resets_at: nowSeconds + 27 * 86_400 }), json, limited(undefined)],
    ['garbage', reached({ resets_at: 'soon', resets_in_seconds: -1 }), json, limited(undefined)],
    [
      'one model’s own limit',
      reached(),
      { 'x-codex-primary-used-percent': '12', ...exhausted('x-codex-spark-primary', 60) },
      limited(60_000, 'model'),
    ],
    [
      'both: the account returns with its own',
      reached(),
      { ...exhausted('x-codex-primary', 60), ...exhausted('x-codex-spark-primary', 3_600) },
      limited(60_000),
    ],
  ])('lifts by %s', (_, body, headers, expected) => {
    expect(fault(429, body, headers)).toEqual(expected);
  });

  test('is the same inside a stream', () => {
    const inner = { type: 'error', error: { type: 'usage_limit_reached', message: 'The usage limit…' } };
    expect(fault(200, inner)).toEqual(limited(undefined));
  });
});

describe('other failures', () => {
  test.each<[string, number, unknown, Fault['kind']]>([
    ['a plan without Codex', 429, { error: { type: 'usage_not_included' } }, 'account-blocked'],
    ['a closed workspace', 402, { detail: { code: 'deactivated_workspace' } }, 'account-blocked'],
    ['a burst', 429, { error: { type: 'rate_limit_exceeded' } }, 'rate-limited'],
    ['a 429 without a body', 429, '', 'rate-limited'],
    ['an expired token', 401, { error: { code: 'token_expired' } }, 'credential-rejected'],
    ['a rejected token', 401, { detail: 'Unauthorized' }, 'credential-rejected'],
    ['an account that was closed', 401, { error: { code: 'account_deactivated' } }, 'account-blocked'],
    ['a country', 403, { error: { code: 'unsupported_country_region_territory' } }, 'account-blocked'],
    ['something the account may not do', 403, { detail: 'Forbidden' }, 'model-unsupported'],
    [
      'a model that the plan lacks',
      400,
      { detail: "The 'gpt-6-pro' model is not supported when using Codex with a ChatGPT account." },
      'model-unsupported',
    ],
    [
      'the same in the envelope',
      400,
      { error: { message: "The 'gpt-6-pro' model is not supported when using Codex with a ChatGPT account." } },
      'model-unsupported',
    ],
    [
      'a client that is too old',
      400,
      { detail: "The 'gpt-6' model requires a newer version of Codex." },
      'request-rejected',
    ],
    ['a wrong field', 400, { detail: 'Store must be set to false' }, 'request-rejected'],
    ['words that only quote the client', 400, { detail: "x the 'a' model is not supported" }, 'request-rejected'],
    ['overload', 503, { error: { code: 'server_is_overloaded' } }, 'overloaded'],
    ['overload inside a stream', 200, { error: { type: 'server_is_overloaded', message: '' } }, 'overloaded'],
    ['a refused prompt inside a stream', 200, { error: { type: 'invalid_prompt', message: '' } }, 'request-rejected'],
    ['a broken gateway', 502, '<html>', 'overloaded'],
  ])('%s (HTTP %i) is %s', (_, status, body, kind) => {
    expect(fault(status, body).kind).toBe(kind);
  });

  test('a page that asks for a human says nothing about the account', () => {
    const challenged = fault(403, '<html>', { 'content-type': 'text/html', 'cf-mitigated': 'challenge' });
    expect(challenged).toMatchObject({ kind: 'unreachable', phase: 'first-byte' });
  });

  test('bodies of any kind are survived', () => {
    for (const status of [200, 400, 401, 403, 404, 429, 500]) {
      for (const body of ['', 'null', '[]', '{"error":null}', '{"detail":[]}', '\u0000', 'x'.repeat(100_000)]) {
        expect(fault(status, body).kind).toMatch(/^[a-z-]+$/);
      }
    }
  });
});
