import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Headers } from '../../domain/headers.ts';
import type { LimitWindow } from '../../domain/limits.ts';
import { EventWatcher, readLimitEvent } from './limit-events.ts';
import { readLimits } from './limits.ts';

const nowMs = Date.parse('2026-11-20T12:00:00Z');
const nowSeconds = nowMs / 1_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const inSeconds = (seconds: number) => String(nowSeconds + seconds);

const read = (headers: Headers, status = 200) => readLimits({ status, headers, model: 'gpt-6', nowMs })?.windows;
const primary = (fields: Readonly<Record<string, string>>): Headers =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [`x-codex-primary-${name}`, value]));
const window = (more: Partial<LimitWindow>): LimitWindow => {
  return {
    name: 'primary',
    models: undefined,
    used: undefined,
    lengthMs: undefined,
    resetsAt: undefined,
    isExhausted: false,
    ...more,
  };
};

/** As ChatGPT sends them. */
const usual: Headers = {
  'x-codex-active-limit': 'premium',
  'x-codex-plan-type': 'plus',
  'x-codex-primary-used-percent': '42',
  'x-codex-secondary-used-percent': '80.5',
  'x-codex-primary-window-minutes': '300',
  'x-codex-primary-over-secondary-limit-percent': '0',
  'x-codex-secondary-window-minutes': '10080',
  'x-codex-primary-reset-after-seconds': '13873',
  'x-codex-secondary-reset-after-seconds': '316705',
  'x-codex-primary-reset-at': inSeconds(13_872),
  'x-codex-secondary-reset-at': inSeconds(316_704),
  'x-codex-credits-has-credits': 'False',
  'x-codex-credits-balance': '',
  'x-codex-credits-unlimited': 'False',
};

interface Case {
  readonly name: string;
  readonly headers: Headers;
  readonly status?: number;
  readonly expected: readonly LimitWindow[] | undefined;
}

const cases: readonly Case[] = [
  {
    name: 'both windows of the plan',
    headers: usual,
    expected: [
      window({ used: 0.42, lengthMs: 5 * hourMs, resetsAt: nowMs + 13_872_000 }),
      window({ name: 'secondary', used: 0.805, lengthMs: 7 * dayMs, resetsAt: nowMs + 316_704_000 }),
    ],
  },
  {
    name: 'a plan with one window, the other one in zeros',
    headers: {
      'x-codex-primary-used-percent': '100',
      'x-codex-secondary-used-percent': '0',
      'x-codex-primary-window-minutes': '10080',
      'x-codex-secondary-window-minutes': '0',
      'x-codex-primary-reset-after-seconds': '471285',
      'x-codex-secondary-reset-after-seconds': '0',
      'x-codex-secondary-reset-at': '',
    },
    status: 429,
    expected: [window({ used: 1, lengthMs: 7 * dayMs, resetsAt: nowMs + 471_285_000, isExhausted: true })],
  },
  {
    name: 'all used, but served: the upstream decides when it is over',
    headers: primary({ 'used-percent': '100', 'reset-at': inSeconds(60) }),
    expected: [window({ used: 1, resetsAt: nowMs + 60_000 })],
  },
  {
    name: 'a burst: refused with windows open',
    headers: primary({ 'used-percent': '12' }),
    status: 429,
    expected: [window({ used: 0.12 })],
  },
  {
    name: 'the limit of one model beside the plan’s',
    headers: {
      ...primary({ 'used-percent': '1' }),
      'x-codex-bengalfox-primary-used-percent': '100',
      'x-codex-bengalfox-primary-window-minutes': '60',
      'x-codex-bengalfox-limit-name': ' gpt-6-codex-spark ',
    },
    status: 429,
    expected: [
      window({ used: 0.01 }),
      window({
        name: 'codex-bengalfox-primary',
        models: ['gpt-6-codex-spark'],
        used: 1,
        lengthMs: hourMs,
        isExhausted: true,
      }),
    ],
  },
  {
    name: 'a limit without a name binds no model that is known, and never the account',
    headers: { 'x-other-secondary-used-percent': '100', 'x-other-secondary-reset-at': inSeconds(60) },
    status: 429,
    expected: [window({ name: 'other-secondary', models: [], used: 1, resetsAt: nowMs + 60_000, isExhausted: true })],
  },
  {
    name: 'credits',
    headers: {
      ...primary({ 'used-percent': '3' }),
      'x-codex-credits-has-credits': 'True',
      'x-codex-credits-balance': '9.99',
    },
    expected: [window({ used: 0.03 }), { name: 'credits', models: [], remaining: 9.99, isExhausted: false }],
  },
  {
    name: 'more than all',
    headers: primary({ 'used-percent': '104.5' }),
    expected: [window({ used: 1.045 })],
  },
  {
    name: 'a past time falls back on the seconds',
    headers: primary({ 'used-percent': '5', 'reset-at': inSeconds(-60), 'reset-after-seconds': '30' }),
    expected: [window({ used: 0.05, resetsAt: nowMs + 30_000 })],
  },
  {
    name: 'exactly eight days',
    headers: primary({ 'used-percent': '5', 'reset-at': inSeconds(8 * 86_400) }),
    expected: [window({ used: 0.05, resetsAt: nowMs + 8 * dayMs })],
  },
  ...[inSeconds(8 * 86_400 + 1), inSeconds(-1), String(nowMs + hourMs), '0', '-5', 'soon', 'NaN', '1e400', '0x7f'].map(
    (reset) => ({
      name: `the reset ${reset}`,
      headers: primary({ 'used-percent': '5', 'reset-at': reset }),
      expected: [window({ used: 0.05 })],
    }),
  ),
  ...['', 'many', '-1', 'NaN', 'Infinity', '1e2', '{}', '5%'].map((used) => ({
    name: `the share ${JSON.stringify(used)}`,
    headers: primary({ 'used-percent': used, 'reset-at': inSeconds(60) }),
    expected: undefined,
  })),
  ...['0', '-300', 'x', '999999999'].map((minutes) => ({
    name: `a window of ${minutes} minutes`,
    headers: primary({ 'used-percent': '5', 'window-minutes': minutes }),
    expected: [window({ used: 0.05 })],
  })),
  { name: 'nothing but zeros', headers: primary({ 'used-percent': '0' }), expected: undefined },
  { name: 'other headers', headers: { 'x-ratelimit-limit-requests': '5', 'retry-after': '1' }, expected: undefined },
  { name: 'none', headers: {}, expected: undefined },
];

describe('limits in headers', () => {
  test.each(cases)('A09 window-headers: $name', ({ headers, status, expected }) => {
    expect(read(headers, status)).toEqual(expected);
  });

  test('of a hostile upstream stay few and never throw', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`x-l${at}-primary-used-percent`, '5']));
    expect(read(many)?.length).toBeLessThanOrEqual(32);
    const name = fc.constantFrom('used-percent', 'reset-at', 'reset-after-seconds', 'window-minutes');
    fc.assert(
      fc.property(fc.dictionary(name, fc.string()), fc.constantFrom(200, 429), (fields, status) => {
        for (const { resetsAt = nowMs, used = 0 } of read(primary(fields), status) ?? []) {
          expect(resetsAt).toBeGreaterThanOrEqual(nowMs);
          expect(resetsAt).toBeLessThanOrEqual(nowMs + 8 * dayMs);
          expect(used).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

const event = {
  type: 'codex.rate_limits',
  plan_type: 'plus',
  rate_limits: {
    allowed: true,
    limit_reached: false,
    primary: { used_percent: 42, window_minutes: 300, reset_at: nowSeconds + 60 },
    secondary: null,
  },
  code_review_rate_limits: null,
  credits: { has_credits: true, unlimited: false, balance: '12.5' },
  promo: null,
};
const told = [
  window({ used: 0.42, lengthMs: 5 * hourMs, resetsAt: nowMs + 60_000 }),
  { name: 'credits', models: [], remaining: 12.5, isExhausted: false },
];

describe('limits in a stream', () => {
  test('are the same windows', () => {
    expect(readLimitEvent(event, nowMs)).toEqual(told);
  });

  test('are exhausted when the event says so', () => {
    const primaryWindow = { used_percent: 100, reset_after_seconds: 30 };
    const reached = { ...event, rate_limits: { limit_reached: true, primary: primaryWindow }, credits: null };
    expect(readLimitEvent(reached, nowMs)).toEqual([window({ used: 1, resetsAt: nowMs + 30_000, isExhausted: true })]);
  });

  test('of one model are named by their limit', () => {
    const one = { ...event, metered_limit_name: 'codex_bengalfox', limit_name: 'gpt-6-spark', credits: null };
    expect(readLimitEvent(one, nowMs)).toMatchObject([{ name: 'codex-bengalfox-primary', models: ['gpt-6-spark'] }]);
  });

  test('are found wherever the stream is cut, between everything else', () => {
    const frames = [
      'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_1"}}\n\n',
      `event: codex.rate_limits\ndata: ${JSON.stringify(event)}\n\n`,
      `data: ${JSON.stringify({ type: 'response.output_text.delta', delta: 'codex.rate_limits' })}\n\n`,
    ];
    const bytes = Buffer.from(frames.join(''));
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const watcher = new EventWatcher(nowMs);
      watcher.push(bytes.subarray(0, cut));
      watcher.push(bytes.subarray(cut));
      expect(watcher.limits()).toEqual({ readAt: nowMs, windows: told });
    }
  });

  test('are found without an event line, and the last word counts', () => {
    const watcher = new EventWatcher(nowMs);
    const later = { ...event, rate_limits: { primary: { used_percent: 43 } }, credits: undefined };
    for (const one of [event, later]) watcher.push(Buffer.from(`data: ${JSON.stringify(one)}\n\n`));
    expect(watcher.limits()?.windows).toEqual([window({ used: 0.43 }), told[1]]);
  });

  test('S08 giant-event: are not looked for in what is far too long, and nothing of it is kept', () => {
    const watcher = new EventWatcher(nowMs);
    watcher.push(Buffer.from('event: codex.rate_limits\ndata: "'));
    for (let piece = 0; piece < 20; piece += 1) watcher.push(Buffer.alloc(1024 * 1024, 'x'));
    watcher.push(Buffer.from(`"\n\nevent: codex.rate_limits\ndata: ${JSON.stringify(event)}\n\n`));
    expect(watcher.limits()?.windows).toEqual(told);
  });

  test('are not believed when they are garbage, and never throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (limits, credits) => {
        readLimitEvent({ type: 'codex.rate_limits', rate_limits: limits, credits }, nowMs);
        readLimitEvent({ type: 'codex.rate_limits', rate_limits: { primary: limits, secondary: credits } }, nowMs);
      }),
    );
    expect(new EventWatcher(nowMs).limits()).toBeUndefined();
    expect(readLimitEvent({ ...event, type: 'response.created' }, nowMs)).toEqual([]);
    const bad = { primary: { used_percent: '42', reset_at: 'soon' }, secondary: { used_percent: -1 } };
    expect(readLimitEvent({ type: 'codex.rate_limits', rate_limits: bad }, nowMs)).toEqual([]);
  });
});
