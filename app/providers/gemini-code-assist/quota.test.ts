import { expect, test } from 'vitest';
import type { ControlRequest } from '../oauth.ts';
import { oauthTable } from '../oauth-table.ts';
import { askQuota, readQuota } from './quota.ts';

const nowMs = Date.parse('2026-11-20T12:00:00Z');
const resetTime = '2026-11-21T08:00:00Z';
const read = (...buckets: readonly unknown[]) => readQuota(JSON.stringify({ buckets }), nowMs)?.windows;

test('asks for the quota of the account’s own project', async () => {
  const asked: ControlRequest[] = [];
  let status = 200;
  const send = async (request: ControlRequest) => {
    asked.push(request);
    return { status, headers: {}, body: '{"buckets":[]}' };
  };
  const settings = { baseUrl: 'https://x.example' };
  const deps = { endpoints: oauthTable['gemini-code-assist'], send, nowMs, settings };
  expect(await askQuota({ accessToken: 'ya29', project: 'p-7' }, deps)).toEqual({ readAt: nowMs, windows: [] });
  expect(asked).toMatchObject([
    {
      url: 'https://x.example/v1internal:retrieveUserQuota',
      headers: { authorization: 'Bearer ya29' },
      body: '{"project":"p-7"}',
    },
  ]);
  status = 403;
  await expect(askQuota({ accessToken: 'ya29' }, deps)).rejects.toThrow(/HTTP 403/);
});

test('A09 window-headers: each bucket is a window of its model', () => {
  const buckets = [
    {
      modelId: 'gemini-3-pro-preview',
      tokenType: 'REQUESTS',
      remainingFraction: 0.25,
      remainingAmount: '25',
      resetTime,
    },
    { modelId: 'gemini-2.5-flash', remainingFraction: 0, resetTime },
    { modelId: 'gemini-2.5-pro', tokenType: 'REQUESTS', remainingFraction: 1 },
  ];
  expect(readQuota(JSON.stringify({ buckets }), nowMs)).toEqual({
    readAt: nowMs,
    windows: [
      {
        name: 'gemini-3-pro-preview requests',
        models: ['gemini-3-pro-preview'],
        used: 0.75,
        unit: 'requests',
        remaining: 25,
        resetsAt: Date.parse(resetTime),
        isExhausted: false,
      },
      {
        name: 'gemini-2.5-flash',
        models: ['gemini-2.5-flash'],
        used: 1,
        resetsAt: Date.parse(resetTime),
        isExhausted: true,
      },
      {
        name: 'gemini-2.5-pro requests',
        models: ['gemini-2.5-pro'],
        used: 0,
        unit: 'requests',
        isExhausted: false,
      },
    ],
  });
});

test.each(['2026-11-20T11:59:59Z', '2026-12-20T00:00:00Z', 'soon', '', undefined])(
  'A09 window-headers: a reset at %j cannot be true and is left out',
  (time) => {
    expect(read({ modelId: 'm', resetTime: time })?.[0]?.resetsAt).toBeUndefined();
  },
);

test('garbage is left out, and a name is there once', () => {
  expect(read(7, null, {}, { modelId: '' }, { modelId: 'a', remainingFraction: -1 })).toEqual([]);
  expect(read({ modelId: 'a', remainingFraction: 0.5 }, { modelId: 'a', remainingFraction: 0.25 })).toHaveLength(1);
  for (const text of ['', '<html>', '[]', '{}', 'null']) expect(readQuota(text, nowMs)).toBeUndefined();
});
