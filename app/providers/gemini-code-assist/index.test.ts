import { describe, expect, test } from 'vitest';
import type { RouteId } from '../../protocols/protocol.ts';
import type { UpstreamCall } from '../provider.ts';
import { geminiCodeAssist } from './index.ts';
import type { Settings } from './settings.ts';

const secret = { accessToken: 'ya29.made-up', project: 'made-up-project-7' };
const model = 'gemini-3.8-flash';
const contents = '[{"role":"user","parts":[{"text":"\\u2028 ü"}]}]';

interface Asked extends Partial<UpstreamCall> {
  readonly text?: string;
}

function built({ text = '{}', ...changes }: Asked, settings: Settings = {}) {
  const call = {
    method: 'POST',
    route: 'assist-generate' as RouteId,
    model,
    isStream: false,
    path: '/v1internal:generateContent',
    headers: {},
    clientCredential: undefined,
    body: Buffer.from(text),
    ...changes,
  };
  const request = geminiCodeAssist.buildRequest({ ...call, settings, secret });
  return { ...request, text: Buffer.from(request.body ?? []).toString(), isSame: request.body === call.body };
}

test('the account’s token is the only credential, and nobody else decides who pays', () => {
  const { headers } = built({
    headers: {
      'user-agent': 'GeminiCLI/0.61.0/gemini-3.8-flash (linux; x64; terminal)',
      'x-goog-user-project': 'of-the-client',
      'x-goog-api-key': 'smuggled',
    },
    clientCredential: { authorization: 'Bearer client-token' },
  });
  expect(headers).toEqual({
    authorization: 'Bearer ya29.made-up',
    'content-type': 'application/json',
    'user-agent': 'GeminiCLI/0.61.0/gemini-3.8-flash (linux; x64; terminal)',
  });
  expect(built({ path: '/v1internal:generateContent?access_token=a&alt=sse&key=b' }).path).toBe(
    '/v1internal:generateContent?alt=sse',
  );
});

describe('a client of Code Assist', () => {
  test('gets its bytes through when it names the account’s project', () => {
    const text = `{ "model":"m","project":"made-up-project-7","request":{"contents":${contents}},"new":[1e400] }`;
    expect(built({ text })).toMatchObject({ isSame: true, path: '/v1internal:generateContent' });
  });

  test.each([
    [
      `{"a":1,"project": "waystation" ,"request":{"project":"x"}}`,
      `{"a":1,"project": "made-up-project-7" ,"request":{"project":"x"}}`,
    ],
    [`{"project":null}`, `{"project":"made-up-project-7"}`],
    [`{"model":"m"}`, `{"project":"made-up-project-7","model":"m"}`],
    ['{}', '{"project":"made-up-project-7"}'],
  ])('%s goes on with that project alone changed', (text, expected) => {
    expect(built({ text }).text).toBe(expected);
  });

  test('counts with the name that the upstream knows the model by', () => {
    const asked = { route: 'assist-count', path: '/v1internal:countTokens' } as const;
    const text = `{"request":{"model":"models/${model}","contents":${contents}}}`;
    expect(built({ ...asked, text })).toMatchObject({ isSame: true, path: '/v1internal:countTokens' });
    expect(built({ ...asked, text, model: 'other' }).text).toBe(text.replace(`models/${model}`, 'models/other'));
  });

  test('asks about the account with the account’s own project', () => {
    const asked = { route: 'assist-control', path: '/v1internal:loadCodeAssist' } as const;
    const text =
      '{"cloudaicompanionProject":"waystation","metadata":{"duetProject":"waystation","pluginType":"GEMINI"}}';
    expect(built({ ...asked, text }).text).toBe(text.replaceAll('waystation', 'made-up-project-7'));
    expect(built({ ...asked, text: '{"metadata":{}}' }).isSame).toBe(true);
    const looked = built({ ...asked, method: 'GET', path: '/v1internal/operations/a.1', body: undefined });
    expect([looked.method, looked.path, looked.body]).toEqual(['GET', '/v1internal/operations/a.1', undefined]);
  });

  test('gets an answer as it comes', () => {
    const reframed = (['assist-generate', 'assist-count', 'gemini-count'] as const).map((route) =>
      geminiCodeAssist.createReframer?.(true, route),
    );
    expect(reframed).toEqual([undefined, undefined, undefined]);
  });
});

describe('a client of the Gemini API', () => {
  const path = (verb: string) => `/v1beta/models/alias:${verb}`;

  test('gets a wrapper around its very bytes', () => {
    const text = `{"contents":${contents}}`;
    expect(built({ route: 'generate', path: path('generateContent'), text })).toMatchObject({
      path: '/v1internal:generateContent',
      text: `{"model":"${model}","project":"made-up-project-7","request":${text}}`,
    });
  });

  test.each([
    [path('streamGenerateContent?alt=sse'), '/v1internal:streamGenerateContent?alt=sse'],
    [path('streamGenerateContent?key=k&alt=sse'), '/v1internal:streamGenerateContent?alt=sse'],
    [path('streamGenerateContent'), '/v1internal:streamGenerateContent'],
    ['/v1beta/models', '/v1internal:streamGenerateContent?alt=sse'],
  ])('%s streams in the same form', (asked, expected) => {
    expect(built({ route: 'generate', path: asked, isStream: true }).path).toBe(expected);
  });

  test('counts contents, and nothing that would be left out', () => {
    const asked = { route: 'gemini-count', path: path('countTokens') } as const;
    const counted = `{"request":{"model":"models/${model}","contents":${contents}}}`;
    expect(built({ ...asked, text: `{"contents":${contents}}` })).toMatchObject({
      path: '/v1internal:countTokens',
      text: counted,
    });
    const nested = `{"generateContentRequest":{"model":"models/alias","contents":${contents}}}`;
    expect(built({ ...asked, text: nested }).text).toBe(counted);
    expect(() => built({ ...asked, text: '{"generateContentRequest":{"contents":[],"tools":[]}}' })).toThrow(
      /field tools cannot be counted/,
    );
  });

  test('gets an answer without its wrapper', () => {
    const filter = geminiCodeAssist.createReframer?.(true, 'generate');
    const out = filter?.push(Buffer.from('data: {"response": {"a":1},"traceId": "t"}\r\n\r\n'));
    expect([Buffer.from(out ?? []).toString(), filter?.hasOwnType]).toEqual(['data: {"a":1}\r\n\r\n', undefined]);
  });
});

test('a project in the settings goes before the one that Google named', () => {
  expect(built({}, { project: 'my-project-8' }).text).toBe('{"project":"my-project-8"}');
});

test.each(['', '/', '/v1internal', '/v1internal/'])('an address with %j at its end leads to the same place', (end) => {
  const { origin, path } = built({}, { baseUrl: `https://proxy.example/google${end}` });
  expect(origin + path).toBe('https://proxy.example/google/v1internal:generateContent');
});

test.each([
  ['123456789', false],
  ['My Project', false],
  ['example.com:my-project', true],
  ['my-project-7', true],
])('the project %s is taken: %s', (project, isTaken) => {
  expect(geminiCodeAssist.settings.safeParse({ project }).success).toBe(isTaken);
});
