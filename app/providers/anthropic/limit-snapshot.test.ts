import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Headers } from '../../domain/headers.ts';
import { readLimits } from './limits.ts';

const nowMs = Date.parse('2026-11-20T12:00:00Z');
const hourMs = 3_600_000;
const seconds = (ms: number) => String((nowMs + ms) / 1_000);

function read(headers: Headers, model = 'claude-opus-5-5', status = 200) {
  return readLimits({ status, headers, model, nowMs });
}

const unified = (fields: Readonly<Record<string, string>>): Headers =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [`anthropic-ratelimit-unified-${name}`, value]));

describe('a subscription', () => {
  test('A09 window-headers: tells each window with its share, length and end', () => {
    const headers = unified({
      status: 'allowed_warning',
      reset: seconds(hourMs),
      'representative-claim': 'five_hour',
      '5h-status': 'allowed_warning',
      '5h-utilization': '0.93',
      '5h-reset': seconds(hourMs),
      '7d-status': 'allowed',
      '7d-utilization': '0.4',
      '7d-reset': seconds(50 * hourMs),
      '7d_oi-status': 'rejected',
      '7d_oi-utilization': '1.02',
      '7d_oi-reset': seconds(60 * hourMs),
      'overage-status': 'rejected',
      'fallback-percentage': '0.5',
    });
    expect(read(headers)).toEqual({
      readAt: nowMs,
      windows: [
        { name: '5h', used: 0.93, lengthMs: 5 * hourMs, resetsAt: nowMs + hourMs, isExhausted: false },
        { name: '7d', used: 0.4, lengthMs: 168 * hourMs, resetsAt: nowMs + 50 * hourMs, isExhausted: false },
        {
          name: '7d_oi',
          models: ['*opus*'],
          used: 1.02,
          lengthMs: 168 * hourMs,
          resetsAt: nowMs + 60 * hourMs,
          isExhausted: true,
        },
      ],
    });
  });

  test('a window that names its family binds that one, whatever was asked for', () => {
    const windows = (name: string, model: string) => read(unified({ [`${name}-status`]: 'allowed' }), model)?.windows;
    expect(windows('7d-sonnet', 'claude-opus-5-5')?.[0]?.models).toEqual(['*sonnet*']);
    expect(windows('7d_oi', 'claude-sonnet-5-5')?.[0]?.models).toEqual(['*sonnet*']);
    expect(windows('7d_oi', 'claude-mythos-1')?.[0]?.models).toEqual(['claude-mythos-1']);
  });

  test('that refuses without naming a window is exhausted as a whole', () => {
    expect(read(unified({ status: 'rejected', reset: seconds(90_000) }))?.windows).toEqual([
      { name: 'unified', resetsAt: nowMs + 90_000, isExhausted: true },
    ]);
  });

  test('A09 window-headers: garbage is left out, and no end is in the past or beyond eight days', () => {
    const cases: [string, string][] = [
      ['soon', 'x'],
      [seconds(-1_000), '-1'],
      [seconds(9 * 24 * hourMs), 'Infinity'],
    ];
    for (const [reset, used] of cases) {
      expect(read(unified({ '5h-status': 'rejected', '5h-reset': reset, '5h-utilization': used }))?.windows).toEqual([
        { name: '5h', lengthMs: 5 * hourMs, isExhausted: true },
      ]);
    }
  });
});

test('an API key tells what is left of each class, for the models of that class', () => {
  const headers: Headers = {
    'anthropic-ratelimit-requests-limit': '50',
    'anthropic-ratelimit-requests-remaining': '49',
    'anthropic-ratelimit-requests-reset': '2026-11-20T12:00:30Z',
    'anthropic-ratelimit-input-tokens-limit': '30000',
    'anthropic-ratelimit-input-tokens-remaining': '0',
    'anthropic-ratelimit-output-tokens-remaining': 'lots',
  };
  expect(read(headers, 'claude-haiku-4-5')?.windows).toEqual([
    {
      name: 'requests',
      unit: 'requests',
      models: ['*haiku*'],
      used: 1 - 49 / 50,
      limit: 50,
      remaining: 49,
      resetsAt: nowMs + 30_000,
      isExhausted: false,
    },
    {
      name: 'input-tokens',
      unit: 'input-tokens',
      models: ['*haiku*'],
      used: 1,
      limit: 30_000,
      remaining: 0,
      isExhausted: true,
    },
  ]);
});

test('an answer without such headers tells nothing', () => {
  expect(read({ 'request-id': 'req_1', 'retry-after': '5' })).toBeUndefined();
});

test('whatever the headers are, nothing is thrown, names are unique and times can be true', () => {
  const name = fc.constantFrom('5h', '7d', '7d_oi', 'overage', '', 'x-', '7d-opus', '999999h');
  const field = fc.constantFrom('-status', '-utilization', '-reset', '');
  const header = fc.tuple(name, field).map(([window, end]) => `anthropic-ratelimit-unified-${window}${end}`);
  const value = fc.oneof(fc.string(), fc.constantFrom('rejected', 'allowed', '0.5', seconds(hourMs), '1e400'));
  fc.assert(
    fc.property(fc.dictionary(header, value), (headers) => {
      const windows = read(headers)?.windows ?? [];
      expect(new Set(windows.map((window) => window.name)).size).toBe(windows.length);
      for (const { used, resetsAt } of windows) {
        expect(used === undefined || used >= 0).toBe(true);
        expect(resetsAt === undefined || (resetsAt > nowMs && resetsAt <= nowMs + 192 * hourMs)).toBe(true);
      }
    }),
  );
});
