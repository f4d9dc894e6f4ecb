import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noUsage } from '../../domain/usage.ts';
import { floorUsage, hasNumbers, mergeReported, type Reported, toUsage } from './usage.ts';

function reported(...usages: readonly unknown[]) {
  return toUsage(usages.reduce<Reported>(mergeReported, {}), 'reported');
}

const none = { ...noUsage, basis: 'reported' };

describe('mergeReported', () => {
  test('takes every class that has a price', () => {
    const usage = {
      input_tokens: 1,
      output_tokens: 20,
      cache_creation_input_tokens: 30,
      cache_read_input_tokens: 4,
      cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
      output_tokens_details: { thinking_tokens: 5 },
      server_tool_use: { web_search_requests: 2, web_fetch_requests: 1 },
      service_tier: 'priority',
      speed: 'fast',
      inference_geo: 'eu',
    };
    expect(reported(usage)).toEqual({
      basis: 'reported',
      inputTokens: 1,
      outputTokens: 20,
      cacheReadTokens: 4,
      cacheWrite5mTokens: 10,
      cacheWrite1hTokens: 20,
      thinkingTokens: 5,
      webSearchRequests: 2,
      toolRequests: { 'web-fetch': 1 },
      serviceTier: 'priority',
      speed: 'fast',
      inferenceGeo: 'eu',
    });
  });

  test('later numbers replace earlier ones, and null says nothing', () => {
    const start = {
      input_tokens: 5,
      output_tokens: 1,
      cache_read_input_tokens: 7,
      server_tool_use: { web_search_requests: 1 },
      service_tier: 'standard',
    };
    const delta = {
      input_tokens: null,
      output_tokens: 90,
      cache_read_input_tokens: 8,
      cache_creation_input_tokens: null,
      output_tokens_details: null,
      server_tool_use: null,
    };
    expect(reported(start, delta)).toEqual({
      ...none,
      inputTokens: 5,
      outputTokens: 90,
      cacheReadTokens: 8,
      webSearchRequests: 1,
      serviceTier: 'standard',
    });
  });

  test.each([
    ['stays', { total: 300, fiveMinutes: 100, oneHour: 200 }],
    ['grows in proportion', { total: 600, fiveMinutes: 200, oneHour: 400 }],
    ['never loses a token', { total: 301, fiveMinutes: 100, oneHour: 201 }],
  ])('the 5 m and 1 h split %s with its total', (_, { total, fiveMinutes, oneHour }) => {
    const split = { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 };
    const start = { cache_creation_input_tokens: 300, cache_creation: split };
    expect(reported(start, { cache_creation_input_tokens: total })).toEqual({
      ...none,
      cacheWrite5mTokens: fiveMinutes,
      cacheWrite1hTokens: oneHour,
    });
  });

  test('cache writes without a split last 5 minutes, and a split without a total is its own total', () => {
    expect(reported({ cache_creation_input_tokens: 9, cache_creation: null }).cacheWrite5mTokens).toBe(9);
    expect(reported({ cache_creation: { ephemeral_1h_input_tokens: 9 } }).cacheWrite1hTokens).toBe(9);
  });

  test('adds compactions, which the totals leave out, and no other iteration', () => {
    const iterations = [
      { type: 'message', input_tokens: 5, output_tokens: 6 },
      {
        type: 'compaction',
        input_tokens: 1_000,
        output_tokens: 200,
        cache_read_input_tokens: 50,
        cache_creation_input_tokens: 30,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 30 },
      },
    ];
    const usage = { input_tokens: 5, output_tokens: 6, iterations };
    expect(reported({ input_tokens: 5, output_tokens: 1, iterations: null }, usage, { iterations: null })).toEqual({
      ...none,
      inputTokens: 1_005,
      outputTokens: 206,
      cacheReadTokens: 50,
      cacheWrite1hTokens: 30,
    });
  });

  test.each([undefined, null, 7, 'text', [], { input_tokens: '5', output_tokens: -1, cache_read_input_tokens: 1.5 }])(
    'reads nothing out of %j',
    (usage) => {
      expect(mergeReported({}, usage)).toEqual({});
      expect(hasNumbers(mergeReported({}, usage))).toBe(false);
    },
  );

  test('no usage of any shape makes a count negative, fractional or unlike its total', () => {
    const count = fc.oneof(fc.nat({ max: 1_000_000 }), fc.constantFrom(null, -5, 1.5, 'x'));
    const usage = fc.record(
      {
        input_tokens: count,
        output_tokens: count,
        cache_creation_input_tokens: count,
        cache_creation: fc.record(
          { ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(usage, { maxLength: 3 }), (usages) => {
        const merged = usages.reduce<Reported>(mergeReported, {});
        const { cacheWrite5mTokens, cacheWrite1hTokens } = toUsage(merged, 'reported');
        expect(
          [cacheWrite5mTokens, cacheWrite1hTokens].every((tokens) => Number.isSafeInteger(tokens) && tokens >= 0),
        ).toBe(true);
        const total = merged.cacheWrite ?? (merged.cacheWrite5m ?? 0) + (merged.cacheWrite1h ?? 0);
        expect(cacheWrite5mTokens + cacheWrite1hTokens).toBe(total);
      }),
    );
  });
});

test('thinking is never more than the output it is a part of', () => {
  const counted = { requestBytes: 0, characters: 8, thinkingCharacters: 8 };
  expect(floorUsage({ thinking: 50 }, counted)).toMatchObject({ outputTokens: 2, thinkingTokens: 2 });
});
