import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Input, type Output, routes } from '../server/admin/contract.ts';
import { csvLine } from '../server/admin/usage-export.ts';
import { listCalls } from './usage-pages.ts';

type Call = Output<'listUsage'>[number];

function callAt(startedAt: number, index: number): Call {
  return {
    requestId: `req_${String(index).padStart(6, '0')}`,
    startedAt,
    durationMs: 1,
    firstByteMs: null,
    keyId: null,
    memberId: null,
    accountId: null,
    protocol: 'anthropic',
    route: 'messages',
    model: 'm',
    upstreamModel: null,
    status: 'completed',
    httpStatus: 200,
    errorKind: null,
    basis: 'none',
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    thinkingTokens: 0,
    webSearchRequests: 0,
    ...{ audioInputTokens: 0, audioCacheReadTokens: 0, audioOutputTokens: 0 },
    ...{ imageInputTokens: 0, imageOutputTokens: 0, images: 0, toolRequests: {} },
    ...{ serviceTier: null, speed: null, inferenceGeo: null, servedModel: null, anomalies: [] },
    costNanoUsd: null,
    billedNanoUsd: null,
    multiplier: 1,
    attempts: [],
    project: null,
    session: null,
  };
}

/** `count` calls, newest first, so many to a millisecond. */
function callsOf(count: number, atOnce: number): readonly Call[] {
  return Array.from({ length: count }, (_, index) => callAt(Math.floor(index / atOnce), index)).toReversed();
}

/** Answers as the API does, and refuses what it refuses. */
function api(calls: readonly Call[]) {
  const limits: number[] = [];
  const listUsage = async (input: Input<'listUsage'>) => {
    const { limit, before = Number.POSITIVE_INFINITY, since = 0 } = routes.listUsage.input.parse(input);
    limits.push(limit);
    return calls.filter(({ startedAt }) => startedAt < before && startedAt >= since).slice(0, limit);
  };
  return { listUsage, limits };
}

describe('a long list of calls', () => {
  test('that fits one page is asked for once', async () => {
    const calls = callsOf(3_000, 1);
    for (const limit of [1, 50, 1_000]) {
      const operations = api(calls);
      expect(await listCalls(operations, { limit })).toEqual(calls.slice(0, limit));
      expect(operations.limits).toEqual([limit]);
    }
  });

  test('has every call once, also when many began in one millisecond, within the bounds that were asked for', async () => {
    const counts = fc.record({ count: fc.nat(4_000), atOnce: fc.integer({ min: 1, max: 999 }) });
    const limits = fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.constantFrom(1_000, 1_001, 2_000, 2_001));
    const bounds = fc.record({ since: fc.nat(50), before: fc.option(fc.nat(4_000), { nil: undefined }) });
    const property = fc.asyncProperty(counts, limits, bounds, async ({ count, atOnce }, limit, { since, before }) => {
      const calls = callsOf(count, atOnce);
      const wanted = calls.filter(({ startedAt }) => startedAt >= since && startedAt < (before ?? count + 1));
      expect(await listCalls(api(calls), { limit, since, before })).toEqual(wanted.slice(0, limit));
    });
    await fc.assert(property, { numRuns: 30 });
  });

  test('fails rather than leave calls out, when no page can tell them apart', async () => {
    await expect(listCalls(api(callsOf(1_500, 1_500)), { limit: 1_200 })).rejects.toThrow('one millisecond');
  });
});

test('an exported line keeps to its columns and runs nothing in a spreadsheet, whatever a client calls its model', () => {
  const call = { ...callAt(0, 1), model: '=HYPERLINK("http://x","y")', project: 'a, "b"\nc', errorKind: '-1' };
  const line = csvLine(call);
  expect(line).toContain('"\'=HYPERLINK(""http://x"",""y"")"');
  expect(line).toContain('"a, ""b""\nc"');
  expect(line).toContain(",'-1,");
  expect(line.endsWith('\r\n')).toBe(true);
});
