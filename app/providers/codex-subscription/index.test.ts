import { expect, test } from 'vitest';
import type { UpstreamCall } from '../provider.ts';
import { secret } from './__fixtures__/tokens.ts';
import { codexSubscription } from './index.ts';

const body = (fields: Readonly<Record<string, unknown>>) => Buffer.from(JSON.stringify({ model: 'gpt-6', ...fields }));

function built(changes: Partial<UpstreamCall<{ baseUrl?: string }, typeof secret>> = {}) {
  return codexSubscription.buildRequest({
    settings: {},
    secret,
    method: 'POST',
    route: 'responses',
    model: 'gpt-6',
    isStream: true,
    path: '/v1/responses',
    headers: {},
    clientCredential: undefined,
    body: body({ store: false }),
    ...changes,
  });
}

test('goes where Codex itself goes, with the account’s token and id', () => {
  const headers = {
    originator: 'codex_exec',
    'user-agent': 'codex_exec/0.169.0',
    'session-id': '0b9f5c1e',
    'chatgpt-account-id': 'acct-of-the-client',
    'x-codex-turn-metadata': '{}',
  };
  const request = built({ headers });
  expect([request.origin, request.path]).toEqual(['https://chatgpt.com', '/backend-api/codex/responses']);
  expect(request.headers).toEqual({
    ...headers,
    authorization: `Bearer ${secret.accessToken}`,
    'chatgpt-account-id': 'acct-made-up',
    'content-type': 'application/json',
  });
});

test('compacts at the same address, without the field store', () => {
  const asked = { route: 'responses-compact', path: '/v1/responses/compact' } as const;
  expect(built({ ...asked, body: body({ input: [] }) }).path).toBe('/backend-api/codex/responses/compact');
  expect(() => built({ ...asked, body: body({ store: false }) })).toThrow(/field store has no place/);
});

test('goes to another address when the account names one', () => {
  const request = built({ settings: { baseUrl: 'http://127.0.0.1:9000/codex/' } });
  expect(request.origin + request.path).toBe('http://127.0.0.1:9000/codex/responses');
});

test.each([{ store: true }, { store: null }, {}])('refuses by name what would have to be stored: %j', (fields) => {
  expect(() => built({ body: body(fields) })).toThrow(/field store as false/);
});

test('serves Codex alone, and its own routes alone', () => {
  expect([codexSubscription.onlyClient, codexSubscription.routes]).toEqual([
    'codex',
    ['responses', 'responses-compact'],
  ]);
});
