import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Headers } from '../domain/headers.ts';
import { providers } from './index.ts';
import type { Provider, UpstreamCall } from './provider.ts';
import type { ProviderId } from './provider-id.ts';

// What every provider promises. A new one is added to `samples` and passes, or has a reason of its own not to.

interface Sample {
  readonly settings: unknown;
  readonly secret: unknown;
  readonly origin: string;
  /** What it is asked; a Messages request when left out. */
  readonly call?: Partial<UpstreamCall>;
  /** How the path ends; by default as the client's own. */
  readonly path?: RegExp;
  /** Headers it adds when the client has none. */
  readonly adds?: Headers;
  /** Names of its own headers, where its credential is not in a usual one. */
  readonly own?: readonly string[];
  /** Headers of the client's that its credential needs something added to. */
  readonly changes?: Headers;
  /** What is pasted; ` sk-made-up\n` when left out. */
  readonly paste?: string;
  /** What it becomes; an API key when left out. */
  readonly pasted?: unknown;
  /** The field that a pasted line goes into, and its title. */
  readonly credentialTitle?: readonly [field: string, title: string];
}

const chat: Pick<Sample, 'call' | 'path' | 'adds'> = {
  call: { route: 'chat', model: 'gpt-5.4', path: '/v1/chat/completions' },
  path: /\/chat\/completions(?:\?api-version=2024-10-21)?$/,
  adds: {},
};
const generate: Pick<Sample, 'call' | 'path' | 'adds'> = {
  call: {
    route: 'generate',
    model: 'gemini-3.8-flash',
    isStream: true,
    path: '/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse',
  },
  path: /\/v1beta\/models\/gemini-3\.8-flash:streamGenerateContent\?alt=sse$/,
  adds: {},
};
/** The one route there whose requests stay as they are: the others name the account's project. */
const aboutAccount: Omit<Sample, 'settings' | 'secret' | 'origin'> = {
  call: { route: 'assist-control', model: '', path: '/v1internal:loadCodeAssist' },
  path: /\/v1internal:loadCodeAssist$/,
  adds: {},
  paste: '{"access_token":"ya29.made-up"}\n',
  pasted: { accessToken: 'ya29.made-up' },
  credentialTitle: ['accessToken', 'Access token'],
};
const googleSignIn = { accessToken: 'ya29.made-up', project: 'made-up-project-7' };
const codexSignIn = { accessToken: 'at-made-up', accountId: 'acct-made-up' };
/** Asked for the one route whose bodies need no field of their own. */
const compact: Omit<Sample, 'settings' | 'origin'> = {
  secret: codexSignIn,
  call: { route: 'responses-compact', model: 'gpt-6', path: '/v1/responses/compact' },
  path: /\/codex\/responses\/compact$/,
  adds: {},
  own: ['chatgpt-account-id'],
  paste: '{"tokens":{"access_token":"at-made-up","account_id":"acct-made-up"}}\n',
  pasted: codexSignIn,
  credentialTitle: ['accessToken', 'Access token'],
};
const secret = { apiKey: 'sk-ant-made-up' };
const samples: Readonly<Partial<Record<ProviderId, readonly Sample[]>>> = {
  anthropic: [
    { settings: {}, secret, origin: 'https://api.anthropic.com' },
    { settings: { baseUrl: 'http://127.0.0.1:9000' }, secret, origin: 'http://127.0.0.1:9000' },
  ],
  'claude-console': [
    { settings: { baseUrl: 'https://relay.example/claude' }, secret, origin: 'https://relay.example' },
  ],
  'anthropic-passthrough': [{ settings: {}, secret: undefined, origin: 'https://api.anthropic.com' }],
  'claude-subscription': [
    {
      settings: {},
      secret: { accessToken: 'sk-ant-oat01-made-up' },
      origin: 'https://api.anthropic.com',
      changes: { 'anthropic-beta': 'a-2025-01-01,b-2025-02-02,oauth-2025-04-20' },
      adds: { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'oauth-2025-04-20' },
      pasted: { accessToken: 'sk-made-up' },
      credentialTitle: ['accessToken', 'Setup token'],
    },
  ],
  // Its path, body and credential are AWS's own: bedrock/index.test.ts has its own reasons.
  bedrock: [],
  relay: [{ settings: { baseUrl: 'https://relay.example/api' }, secret, origin: 'https://relay.example' }],
  openai: [
    { settings: {}, secret, origin: 'https://api.openai.com', ...chat },
    { settings: { baseUrl: 'http://127.0.0.1:9000' }, secret, origin: 'http://127.0.0.1:9000', ...chat },
  ],
  'openai-compatible': [
    { settings: { baseUrl: 'https://vendor.example/api/v1' }, secret, origin: 'https://vendor.example', ...chat },
    {
      settings: { baseUrl: 'https://vendor.example/v1beta/openai/' },
      secret,
      origin: 'https://vendor.example',
      ...chat,
    },
  ],
  'azure-openai': [
    { settings: { baseUrl: 'https://res.example' }, secret, origin: 'https://res.example', ...chat },
    { settings: { baseUrl: 'https://res.example', mode: 'classic' }, secret, origin: 'https://res.example', ...chat },
  ],
  'codex-subscription': [
    { settings: {}, origin: 'https://chatgpt.com', ...compact },
    { settings: { baseUrl: 'http://127.0.0.1:9000/codex' }, origin: 'http://127.0.0.1:9000', ...compact },
  ],
  gemini: [
    { settings: {}, secret, origin: 'https://generativelanguage.googleapis.com', ...generate },
    { settings: { baseUrl: 'https://proxy.example/google' }, secret, origin: 'https://proxy.example', ...generate },
  ],
  'gemini-code-assist': [
    { settings: {}, secret: googleSignIn, origin: 'https://cloudcode-pa.googleapis.com', ...aboutAccount },
    {
      settings: { baseUrl: 'http://127.0.0.1:9000/google', project: 'another-project-8' },
      secret: googleSignIn,
      origin: 'http://127.0.0.1:9000',
      ...aboutAccount,
    },
  ],
};

const headers: Headers = {
  'anthropic-version': '2026-10-21',
  'anthropic-beta': 'a-2025-01-01,b-2025-02-02',
  'user-agent': 'claude-cli/2.1.330 (external, cli)',
  'x-claude-code-session-id': '0b9f5c1e-2222-4333-8444-555566667777',
  'x-new-header': 'kept',
  'content-type': 'application/json; charset=utf-8',
};
const clientCredential: Headers = { authorization: 'Bearer client-token' };
const body = Buffer.from(
  '{"model":"claude-opus-5-5","base_url":"https://evil.example","proxy":"https://evil.example"}',
);

function callOf(sample: Sample, changes: Partial<UpstreamCall> = {}): UpstreamCall {
  const { settings, secret } = sample;
  return {
    settings,
    secret,
    method: 'POST',
    route: 'messages',
    model: 'claude-opus-5-5',
    isStream: false,
    path: '/v1/messages?beta=true',
    headers,
    clientCredential,
    body,
    ...sample.call,
    ...changes,
  };
}

function withoutOwn(headers: Headers, { own = [] }: Sample): Headers {
  const usual = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => ![...usual, ...own].includes(name)));
}

const rows: [ProviderId, Provider, Sample][] = [...providers].flatMap(([id, provider]) =>
  (samples[id] ?? []).map((sample): [ProviderId, Provider, Sample] => [id, provider, sample]),
);

test('every provider is listed under its own id', () => {
  expect([...providers.keys()].toSorted()).toEqual(Object.keys(samples).toSorted());
  expect([...providers.values()].map((provider) => provider.id)).toEqual([...providers.keys()]);
});

describe.each(rows)('%s', (_, provider, sample) => {
  const request = provider.buildRequest(callOf(sample));

  test('goes to the origin of its settings', () => {
    expect(provider.origin(sample.settings)).toBe(sample.origin);
    expect(request.origin).toBe(sample.origin);
    expect(request.path).toMatch(sample.path ?? /\/v1\/messages\?beta=true$/);
    expect(request.method).toBe('POST');
  });

  test('sends the body as the very same bytes', () => {
    expect(request.body).toBe(body);
    expect(request.headers['content-type']).toBe('application/json');
  });

  test('forwards the client’s own headers as they came and adds none about who calls', () => {
    expect(withoutOwn(request.headers, sample)).toEqual({
      ...headers,
      ...sample.changes,
      'content-type': 'application/json',
    });
  });

  test('names a version only when the client names none, and no content type without a body', () => {
    const bare = provider.buildRequest(
      callOf(sample, { method: 'GET', path: '/v1/models', headers: {}, body: undefined }),
    );
    expect(withoutOwn(bare.headers, sample)).toEqual(sample.adds ?? { 'anthropic-version': '2023-06-01' });
    expect([bare.method, bare.body]).toEqual(['GET', undefined]);
  });

  test('A16 upstream-origin: nothing that a client sends changes the origin or the credential', () => {
    const hostile: Headers = {
      host: 'evil.example',
      'content-length': '1',
      cookie: 'a=b',
      authorization: 'Bearer smuggled',
      'x-api-key': 'smuggled',
      'x-goog-api-key': 'smuggled',
      'api-key': 'smuggled',
      'proxy-authorization': 'smuggled',
      'x-forwarded-host': 'evil.example',
      'x-base-url': 'https://evil.example',
    };
    const attacked = provider.buildRequest(callOf(sample, { headers: hostile }));
    expect(attacked.origin).toBe(sample.origin);
    expect(JSON.stringify(attacked.headers)).not.toContain('smuggled');
    for (const name of ['host', 'content-length', 'cookie', 'proxy-authorization']) {
      expect(attacked.headers[name]).toBeUndefined();
    }
    for (const path of ['https://evil.example/v1/messages', '//evil.example/v1', '/v1/../../admin', '/v1/a\r\nb: c']) {
      expect(() => provider.buildRequest(callOf(sample, { path }))).toThrow(/path/);
    }
  });

  test('its settings draw a form and refuse what they do not know', () => {
    const form = z.toJSONSchema(provider.settings);
    expect(form).toMatchObject({
      type: 'object',
      additionalProperties: false,
      properties: { baseUrl: { title: 'Address' } },
    });
    expect(provider.settings.safeParse({ baseUrl: sample.origin, admin: true }).success).toBe(false);
    expect(provider.settings.safeParse(sample.settings).success).toBe(true);
  });

  test('its credential can be pasted as one line, or it stores none', () => {
    const { secret: schema, secretFromText } = provider;
    if (schema === undefined) {
      expect([provider.forwardsClientCredential, secretFromText]).toEqual([true, undefined]);
      return;
    }
    expect(schema.parse(secretFromText?.(sample.paste ?? ' sk-made-up\n'))).toEqual(
      sample.pasted ?? { apiKey: 'sk-made-up' },
    );
    for (const text of ['', ' \n', 'two words', 'two\nlines', 'kéy']) {
      expect(schema.safeParse(secretFromText?.(text)).success).toBe(false);
    }
    expect(schema.safeParse({ ...Object(sample.secret), more: 1 }).success).toBe(false);
    const [field, title] = sample.credentialTitle ?? ['apiKey', 'API key'];
    expect(z.toJSONSchema(schema)).toMatchObject({ properties: { [field]: { title } } });
  });
});
