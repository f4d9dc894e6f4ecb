import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gemini } from '../../../app/protocols/gemini/index.ts';
import { cut } from '../fake-anthropic/faults.ts';
import { failing, refuses, says } from './answers.ts';
import { quotaFailure, retryInfo } from './errors.ts';
import { FakeGemini } from './fake-gemini.ts';
import { signatureOf } from './message.ts';

let fake: FakeGemini;

beforeEach(async () => {
  fake = await FakeGemini.start({ credentials: ['made-up-key'] });
});

afterEach(() => fake.close());

const model = '/v1beta/models/gemini-3.8-flash';
const sse = `${model}:streamGenerateContent?alt=sse`;
const user = (text: string) => ({ role: 'user', parts: [{ text }] });
const hello = { contents: [user('Hello')] };

async function post(path: string, body: unknown = hello, key = 'made-up-key'): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(key !== '' && { 'x-goog-api-key': key }) };
  return fetch(fake.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function json(path: string, body?: unknown): Promise<Record<string, never>> {
  return JSON.parse(await (await post(path, body)).text());
}

/** What our own meter reads out of the answer. */
function usageOf(text: string, isStream: boolean) {
  const meter = gemini.createMeter({ isStream, requestBytes: 0 });
  meter.push(Buffer.from(text));
  const { basis: _, serviceTier: _t, servedModel: _m, ...numbers } = meter.usage();
  return { phase: meter.phase, numbers };
}

describe('generating', () => {
  const rich = says('Grüße 🎉\u2028 <世界>', {
    thoughts: 'Hmm, 想一想.',
    calls: [
      { name: 'read', args: { path: 'ä' } },
      { name: 'list', args: {} },
    ],
  });

  test.each([
    ['server-sent events', sse, true],
    ['an array', `${model}:streamGenerateContent`, true],
    ['one body', `${model}:generateContent`, false],
  ])('as %s charges what the answer reports, and reads back with our own codec', async (_, path, isStream) => {
    fake.script([rich]);
    const response = await post(path);
    const text = await response.text();
    expect(response.headers.get('content-type')).toMatch(path === sse ? /^text\/event-stream/ : /^application\/json/);
    const [entry] = fake.ledger.entries();
    expect(entry).toMatchObject({ outcome: 'completed', model: 'gemini-3.8-flash', credential: 'made-up-key' });
    expect(usageOf(text, isStream)).toEqual({ phase: 'ended', numbers: entry?.charged });
    expect(entry?.charged.thinkingTokens).toBeGreaterThan(0);
    expect(text).not.toMatch(isStream ? /[\u2028<>]/ : /$^/);
  });

  test('every chunk is a whole response, and only the first of parallel calls is signed', async () => {
    fake.script([rich]);
    const text = await (await post(sse)).text();
    const chunks = text
      .split('\r\n\r\n')
      .slice(0, -1)
      .map((frame) => JSON.parse(frame.replace(/^data: /, '')));
    const parts = chunks.flatMap((chunk) => chunk.candidates[0].content.parts);
    expect(
      parts
        .filter(({ thought }) => thought)
        .map(({ text: thought }) => thought)
        .join(''),
    ).toBe('Hmm, 想一想.');
    expect(parts.filter(({ functionCall }) => functionCall)).toEqual([
      { functionCall: { name: 'read', args: { path: 'ä' } }, thoughtSignature: signatureOf('read') },
      { functionCall: { name: 'list', args: {} } },
    ]);
    expect(chunks.map(({ candidates }) => candidates[0].finishReason).filter(Boolean)).toEqual(['STOP']);
  });

  test('a long prompt is read from the cache the second time', async () => {
    const body = { contents: [user('x'.repeat(8_000))] };
    await json(`${model}:generateContent`, body);
    const { usageMetadata } = await json(`${model}:generateContent`, body);
    expect(usageMetadata).toMatchObject({ cachedContentTokenCount: expect.any(Number) });
    expect(fake.ledger.entries()[1]?.charged.cacheReadTokens).toBe(usageMetadata?.['cachedContentTokenCount']);
  });

  test('a tool is called when there is one, and its result repeated', async () => {
    const tools = [{ functionDeclarations: [{ name: 'read', parametersJsonSchema: {} }] }];
    const asked = user('[[call read {"path":"a.txt"}]]');
    const { candidates } = await json(`${model}:generateContent`, { contents: [asked], tools });
    const content = candidates?.[0]?.['content'];
    const result = { role: 'user', parts: [{ functionResponse: { name: 'read', response: { output: 'inside' } } }] };
    const text = await (await post(`${model}:generateContent`, { contents: [asked, content, result], tools })).text();
    expect(text).toContain('The tool said: inside');
  });
});

describe('refusing', () => {
  const call = { functionCall: { name: 'read', args: {} } };
  const signed = { ...call, thoughtSignature: signatureOf('read') };
  const withCall = (part: object, ...results: object[]) => ({
    contents: [user('go'), { role: 'model', parts: [part] }, { role: 'user', parts: [{ text: 'so' }, ...results] }],
  });
  const result = { functionResponse: { name: 'read', response: {} } };

  test.each<[object, RegExp]>([
    [{}, /contents is not specified/],
    [{ contents: [{ role: 'user', parts: [] }] }, /must not be empty/],
    [{ contents: [{ role: 'system', parts: [{ text: 'a' }] }] }, /valid role/],
    [{ ...hello, messages: [] }, /Unknown name "messages"/],
    [{ ...hello, generationConfig: { max_tokens: 1 } }, /Unknown name "max_tokens"/],
    [{ ...hello, tools: [{ functionDeclarations: [{ name: 'a', strict: true }] }] }, /Unknown name "strict"/],
    [withCall(call, result), /missing a thought_signature/],
    [withCall({ ...call, thoughtSignature: 'Zm9yZWlnbg==' }, result), /Corrupted thought signature/],
    [withCall(signed), /number of function response parts/],
    [withCall(signed, result, result), /number of function response parts/],
    [{ ...hello, generationConfig: { thinkingConfig: { thinkingBudget: 1, thinkingLevel: 'LOW' } } }, /only set one/],
  ])('%j', async (body, message) => {
    const response = await post(`${model}:generateContent`, body);
    const { error } = JSON.parse(await response.text());
    expect([response.status, error.status, error.message]).toEqual([
      400,
      'INVALID_ARGUMENT',
      expect.stringMatching(message),
    ]);
    expect(fake.ledger.entries()[0]).toMatchObject({ outcome: 'refused', charged: { inputTokens: 0 } });
  });

  test('a signed call, and one of another model, are taken', async () => {
    for (const part of [signed, { ...call, thoughtSignature: 'skip_thought_signature_validator' }]) {
      expect((await post(`${model}:generateContent`, withCall(part, result))).status).toBe(200);
    }
  });

  test('no key, a wrong key, an unknown model and an unknown verb', async () => {
    const answers = await Promise.all([
      post(`${model}:generateContent`, hello, ''),
      post(`${model}:generateContent`, hello, 'wrong'),
      post('/v1beta/models/claude-opus-5-5:generateContent'),
      post(`${model}:predict`),
      post(`${model}:generateContent?key=made-up-key`, hello, ''),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([403, 400, 404, 404, 200]);
    expect(await answers[1]?.text()).toContain('API_KEY_INVALID');
  });

  test('by script, inside an array where the stream was asked for as one', async () => {
    const limited = refuses(429, { details: [quotaFailure('PerDay', 'gemini-3.8-flash'), retryInfo('9s')] });
    fake.script([limited, limited]);
    const [inArray, alone] = [await post(`${model}:streamGenerateContent`), await post(sse)];
    expect([inArray.status, alone.status]).toEqual([429, 429]);
    const [inner] = JSON.parse(await inArray.text());
    expect(inner).toEqual(JSON.parse(await alone.text()));
    expect(inner.error).toMatchObject({ code: 429, status: 'RESOURCE_EXHAUSTED' });
    expect(fake.scriptedLeft).toBe(0);
  });
});

test('the faults of the other fake work here: an error inside, and an end too soon', async () => {
  const long = says('some words that fill a few chunks');
  fake.script([failing(long, 'mid-content', { code: 503, message: 'Overloaded' }), cut(long, 'before-stop', 'end')]);
  const failed = await (await post(sse)).text();
  expect(usageOf(failed, true).phase).toBe('error');
  expect(usageOf(await (await post(sse)).text(), true).phase).toBe('content');
  expect(fake.ledger.entries().map(({ outcome }) => outcome)).toEqual(['aborted', 'aborted']);
});

test('a blocked prompt has feedback instead of candidates', async () => {
  fake.script([says('', { blockReason: 'SAFETY' })]);
  const text = await (await post(sse)).text();
  expect(text).toContain('"promptFeedback"');
  expect(usageOf(text, true).phase).toBe('ended');
});

test('tokens are counted, models listed, contents embedded', async () => {
  expect(await json(`${model}:countTokens`)).toMatchObject({ totalTokens: expect.any(Number) });
  const headers = { 'x-goog-api-key': 'made-up-key' };
  const list = await (await fetch(`${fake.url}/v1beta/models?pageSize=50`, { headers })).json();
  expect(list).toMatchObject({ models: [{ name: 'models/gemini-3.8-pro' }, {}, {}] });
  const one = await fetch(`${fake.url}/v1/models/gemini-3.8-flash`, { headers });
  expect(await one.json()).toMatchObject({ name: 'models/gemini-3.8-flash' });
  expect((await fetch(`${fake.url}/v1/models/none`, { headers })).status).toBe(404);
  expect(fake.ledger.entries()).toEqual([]);
  const content = { parts: [{ text: 'embed me' }] };
  expect(await json(`${model}:embedContent`, { content })).toMatchObject({ embedding: { values: expect.any(Array) } });
  const batch = await json(`${model}:batchEmbedContents`, { requests: [{ content }, { content }] });
  expect(batch['embeddings']).toHaveLength(2);
  expect(fake.ledger.entries()).toHaveLength(2);
});
