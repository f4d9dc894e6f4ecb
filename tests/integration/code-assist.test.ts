import { describe, expect, test } from 'vitest';
import {
  type Answer,
  refuses as claudeRefuses,
  says as claudeSays,
  replies,
} from '../support/fake-anthropic/answers.ts';
import { cut, withHeaders } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import type { Ledger } from '../support/fake-anthropic/ledger.ts';
import type { SeenRequest } from '../support/fake-anthropic/seen-request.ts';
import { FakeCodeAssist } from '../support/fake-code-assist/fake-code-assist.ts';
import { failing, refuses, says, streams } from '../support/fake-gemini/answers.ts';
import { retryInfo } from '../support/fake-gemini/errors.ts';
import { FakeGemini } from '../support/fake-gemini/fake-gemini.ts';
import { addCodeAssist, addGemini, geminiCliAgent } from '../support/gemini-accounts.ts';
import { type Reply, TestApp } from '../support/test-app.ts';

const model = 'gemini-3.8-flash';
const contents = [{ role: 'user', parts: [{ text: 'Hello\u2028there' }] }];
const wrapped = (request: object = {}) => ({
  model,
  project: 'waystation',
  user_prompt_id: 'prompt-1',
  request: { contents, session_id: 'session-1', ...request },
});
const assist = (verb: string) => `/v1internal:${verb}`;
const native = (verb: string) => `/v1beta/models/${model}:${verb}`;
const sse = 'streamGenerateContent?alt=sse';

interface Upstream extends AsyncDisposable {
  readonly calls: readonly SeenRequest[];
  readonly requests: readonly SeenRequest[];
  readonly ledger: Ledger;
  readonly url: string;
  script(answers: readonly Answer[]): void;
}

interface Setting<Fake extends Upstream> {
  readonly relay: TestApp;
  readonly fake: Fake;
  post(path: string, body: unknown): Promise<Reply>;
}

async function withRelay<Fake extends Upstream>(
  start: () => Promise<Fake>,
  run: (setting: Setting<Fake>) => Promise<void>,
): Promise<void> {
  await using relay = await TestApp.start({ upstreams: 0 });
  await using fake = await start();
  if (fake instanceof FakeCodeAssist) await addCodeAssist(relay, fake);
  else await addGemini(relay, fake);
  await run({ relay, fake, post: (path, body) => post(relay, path, body) });
}

const onCodeAssist = (run: (setting: Setting<FakeCodeAssist>) => Promise<void>) =>
  withRelay(() => FakeCodeAssist.start(), run);
const onApiKey = (run: (setting: Setting<FakeGemini>) => Promise<void>) => withRelay(() => FakeGemini.start(), run);

function post(relay: TestApp, path: string, body: unknown): Promise<Reply> {
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${relay.secret}`,
    'user-agent': geminiCliAgent,
  };
  return relay.request({ method: 'POST', path, headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
}

/** The objects of an answer in any form. */
function objectsOf(text: string): Record<string, never>[] {
  if (!text.startsWith('data:')) return [JSON.parse(text)].flat();
  return text.split('\r\n\r\n').flatMap((frame) => (frame.startsWith('data: ') ? [JSON.parse(frame.slice(6))] : []));
}

function textOf(objects: readonly Record<string, never>[]): string {
  const parts = objects.flatMap((object) => Object(object)['candidates']?.[0]?.content?.parts ?? []);
  return parts.map(({ text = '', thought }: { text?: string; thought?: boolean }) => (thought ? '' : text)).join('');
}

const responses = (objects: readonly Record<string, never>[]) => objects.flatMap((object) => object['response'] ?? []);

async function expectChargedAsBilled({ relay, fake }: Setting<Upstream>): Promise<void> {
  await Promise.all(fake.calls.map(({ ended }) => ended));
  const charged = fake.ledger
    .entries()
    .map(({ charged: { inputTokens, outputTokens } }) => [inputTokens, outputTokens]);
  const rows = await relay.rows();
  const billed = rows.filter(({ basis }) => basis !== 'none').map((row) => [row.inputTokens, row.outputTokens]);
  expect(billed).toEqual(charged);
  for (const row of rows) expect(row).toMatchObject({ status: 'completed' });
}

const rich = says('Grüße, \u2028 世界 🎉', {
  thoughts: 'Hmm, 想一想.',
  calls: [{ name: 'read', args: { path: 'ä' } }],
});

describe('a client of Code Assist', () => {
  test.each([sse, 'streamGenerateContent', 'generateContent'])(
    '%s passes byte for byte to Code Assist',
    async (verb) => {
      await onCodeAssist(async (setting) => {
        const { fake, post: ask } = setting;
        fake.script([rich, rich]);
        const body = ` {"user_prompt_id":"p","project":"${fake.project}", "model":"${model}","request":{"contents":${JSON.stringify(contents)}},"enabled_credit_types":[]}`;
        const reply = await ask(assist(verb), body);
        const direct = await fetch(fake.url + assist(verb), {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: 'Bearer ya29.made-up' },
          body,
        });
        const [through, straight] = fake.calls;
        const withoutIds = (text: string) =>
          text.replaceAll(/req_?\w+/g, 'id').replaceAll(/"promptTokenCount[^}]*/g, '');
        expect(reply.status).toBe(200);
        expect(withoutIds(reply.text)).toBe(withoutIds(await direct.text()));
        expect(reply.text).not.toContain(verb === 'generateContent' ? '\u0000' : '\u2028');
        expect(through?.body).toEqual(straight?.body);
        expect([through?.path, through?.headers.authorization]).toEqual([assist(verb), 'Bearer ya29.made-up']);
        expect(through?.headers['user-agent']).toBe(geminiCliAgent);
      });
    },
  );

  test('is metered to the token, keeps its session, and has only its project changed', async () => {
    await onCodeAssist(async (setting) => {
      const { relay, fake, post: ask } = setting;
      fake.script([rich, rich]);
      expect((await ask(assist(sse), wrapped())).status).toBe(200);
      expect((await ask(`/gemini${assist('generateContent')}`, wrapped())).status).toBe(200);
      expect(Buffer.from(fake.calls[0]?.body ?? []).toString()).toBe(
        JSON.stringify({ ...wrapped(), project: fake.project }),
      );
      await expectChargedAsBilled(setting);
      expect((await relay.rows()).map(({ session, model: asked }) => [session, asked])).toEqual([
        ['session-1', model],
        ['session-1', model],
      ]);
    });
  });

  test.each([sse, 'streamGenerateContent', 'generateContent'])(
    '%s is served by an API key: unwrapped there, wrapped here',
    async (verb) => {
      await onApiKey(async (setting) => {
        const { fake, post: ask } = setting;
        fake.script([rich]);
        const reply = await ask(`/api${assist(verb)}`, wrapped());
        const objects = objectsOf(reply.text);
        expect(reply.status).toBe(200);
        expect(textOf(responses(objects))).toBe('Grüße, \u2028 世界 🎉');
        expect(objects.map(({ traceId }) => traceId)).toEqual(
          objects.map(() => reply.header('x-waystation-request-id')),
        );
        if (verb !== 'generateContent') expect(reply.text).not.toContain('\u2028');
        const [seen] = fake.calls;
        expect(seen?.path).toBe(native(verb));
        expect(Buffer.from(seen?.body ?? []).toString()).toBe(JSON.stringify({ contents }));
        expect(seen?.headers.authorization).toBeUndefined();
        await expectChargedAsBilled(setting);
      });
    },
  );

  test.each([sse, 'generateContent'])('%s is served by an account of another vendor', async (verb) => {
    await using relay = await TestApp.start({ account: { modelMap: { 'gemini-*': 'claude-sonnet-4-5' } } });
    relay.upstream.script([claudeSays('from \u2028 far away')]);
    const reply = await post(relay, assist(verb), wrapped());
    const objects = objectsOf(reply.text);
    expect(reply.status).toBe(200);
    expect(textOf(responses(objects))).toBe('from \u2028 far away');
    expect(objects.every(({ traceId }) => traceId === reply.header('x-waystation-request-id'))).toBe(true);
    if (verb === sse) expect(reply.text).not.toContain('\u2028');
    const [entry] = await relay.ledger();
    expect((await relay.rows())[0]).toMatchObject({ status: 'completed', outputTokens: entry?.charged.outputTokens });
  });

  test('counts tokens, free of charge, wherever it is counted', async () => {
    const body = { request: { model: `models/${model}`, contents } };
    for (const run of [onCodeAssist, onApiKey]) {
      await run(async ({ relay, fake, post: ask }: Setting<Upstream>) => {
        const reply = await ask(assist('countTokens'), body);
        expect([reply.status, reply.json()['totalTokens']]).toEqual([200, expect.any(Number)]);
        expect(fake.requests).toHaveLength(1);
        expect((await relay.rows())[0]).toMatchObject({ basis: 'none', model, route: 'assist-count' });
      });
    }
  });
});

describe('a client of the Gemini API', () => {
  test.each([sse, 'streamGenerateContent', 'generateContent'])(
    '%s is served by Code Assist as by the Gemini API',
    async (verb) => {
      await onCodeAssist(async (setting) => {
        const { fake, post: ask } = setting;
        fake.script([rich]);
        const reply = await ask(native(verb), { contents });
        const objects = objectsOf(reply.text);
        expect(reply.status).toBe(200);
        expect(reply.header('content-type')).toContain(verb === sse ? 'text/event-stream' : 'application/json');
        expect(textOf(objects)).toBe('Grüße, \u2028 世界 🎉');
        expect(responses(objects)).toEqual([]);
        expect(JSON.parse(Buffer.from(fake.calls[0]?.body ?? []).toString())).toEqual({
          model,
          project: fake.project,
          request: { contents },
        });
        await expectChargedAsBilled(setting);
      });
    },
  );

  test('counts tokens there', async () => {
    await onCodeAssist(async ({ post: ask }) => {
      expect((await ask(native('countTokens'), { contents })).json()['totalTokens']).toEqual(expect.any(Number));
      const refused = await ask(native('countTokens'), { generateContentRequest: { contents, tools: [] } });
      expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('The field tools')]);
    });
  });
});

test('a client of another protocol is served by Code Assist', async () => {
  await onCodeAssist(async (setting) => {
    setting.fake.script([says('Grüße'), says('Grüße')]);
    for (const stream of [true, false]) {
      const body = { model, max_tokens: 64, stream, messages: [{ role: 'user', content: 'Hello' }] };
      const reply = await setting.post('/v1/messages', body);
      expect([reply.status, reply.text]).toEqual([200, expect.stringContaining('Grüße')]);
    }
    await expectChargedAsBilled(setting);
  });
});

describe('errors', () => {
  const bodies: readonly (readonly [string, string, unknown])[] = [
    ['a stream of Code Assist', assist(sse), wrapped()],
    ['a whole answer of Code Assist', assist('generateContent'), wrapped()],
    ['a stream of the Gemini API', native(sse), { contents }],
    ['a whole answer of the Gemini API', native('generateContent'), { contents }],
  ];

  test.each(bodies)('of the upstream reach %s as they came', async (_, path, body) => {
    for (const run of [onCodeAssist, onApiKey]) {
      await run(async ({ fake, post: ask }: Setting<Upstream>) => {
        fake.script([refuses(400, { message: 'the temperature is too high' })]);
        const reply = await ask(path, body);
        expect([reply.status, reply.json()]).toMatchObject([
          400,
          { error: { code: 400, status: 'INVALID_ARGUMENT', message: 'the temperature is too high' } },
        ]);
      });
    }
  });

  test.each(bodies)(
    'of other vendors, and our own, reach %s in Google’s shape, without a wrapper',
    async (_, path, body) => {
      await using relay = await TestApp.start({ account: { modelMap: { 'gemini-*': 'claude-sonnet-4-5' } } });
      relay.upstream.script([claudeRefuses(400, { message: 'too hot' })]);
      expect((await post(relay, path, body)).json()).toMatchObject({ error: { code: 400, message: 'too hot' } });
      const other = await post(relay, path.replace(model, 'gpt-9'), { ...Object(body), model: 'gpt-9' });
      expect([other.status, other.json()]).toMatchObject([404, { error: { code: 404, status: 'NOT_FOUND' } }]);
      expect(other.json()['response']).toBeUndefined();
    },
  );

  test('S04 error-event-in-200: one that comes before content fails over, one after it ends the stream', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    await using first = await FakeCodeAssist.start();
    await using second = await FakeCodeAssist.start();
    await addCodeAssist(relay, first, { name: 'first', priority: 1 });
    await addCodeAssist(relay, second, { name: 'second', priority: 2 });
    first.script([failing(says('lost'), 'before-content', { code: 503, message: 'busy' })]);
    second.script([says('found'), failing(says('half and half of it'), 'mid-content', { code: 503, message: 'busy' })]);
    const reply = await post(relay, assist(sse), wrapped());
    expect(textOf(responses(objectsOf(reply.text)))).toBe('found');
    const broken = await post(relay, assist(sse), wrapped());
    expect(objectsOf(broken.text).at(-1)).toMatchObject({ error: { code: 503 } });
    expect((await relay.rows()).map(({ status }) => status)).toEqual(['completed', 'failed']);
  });

  test('a used-up quota keeps its model away from the account until the hour that Google names', async () => {
    await onCodeAssist(async ({ relay, fake, post: ask }) => {
      const metadata = { model, uiMessage: 'true' };
      const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'QUOTA_EXHAUSTED', metadata };
      fake.script([refuses(429, { message: 'You have exhausted', details: [info, retryInfo('10633.38s')] })]);
      const refused = await ask(assist(sse), wrapped());
      expect([refused.status, Number(refused.header('retry-after'))]).toEqual([429, 3_600]);
      expect(refused.json()).toMatchObject({ error: { status: 'RESOURCE_EXHAUSTED' } });
      expect((await ask(assist(sse), wrapped())).status).toBe(429);
      expect((await ask(assist(sse), { ...wrapped(), model: 'gemini-3.8-pro' })).status).toBe(200);
      expect(fake.calls).toHaveLength(2);
      const [view] = relay.app.parts.accounts.all();
      expect(view?.health.state).toBe('active');
      const [limit] = view?.health.limits ?? [];
      expect(limit?.models).toEqual([model]);
      expect(limit?.until).toBeGreaterThan(Date.now() + 10_000_000);
    });
  });
});

describe('answers that go wrong', () => {
  test.each<[string, Answer]>([
    ['a web page', replies({ headers: { 'content-type': 'text/html' }, body: '<html>' })],
    ['nothing', replies({ headers: { 'content-type': 'text/event-stream' }, body: '' })],
    ['JSON for a stream', replies({ headers: { 'content-type': 'application/json' }, body: '{"response":{}}' })],
    ['no content type', withHeaders(says('x'), { 'content-type': '' })],
  ])(
    'S06 no-content-type / wrong type: %s instead of a stream is a 502, natively and in the wrapper',
    async (_, answer) => {
      for (const [path, body] of [
        [assist(sse), wrapped()],
        [native(sse), { contents }],
      ] as const) {
        await onCodeAssist(async ({ relay, fake, post: ask }) => {
          fake.script([answer, answer, answer]);
          const reply = await ask(path, body);
          expect([reply.status, reply.json()]).toMatchObject([502, { error: { code: 502, status: 'INTERNAL' } }]);
          expect((await relay.rows())[0]?.attempts[0]?.fault).toBe('unreachable');
          expect(relay.app.parts.accounts.all()[0]?.health.breaker.failures).toBeGreaterThan(0);
        });
      }
    },
  );

  test.each([
    ['Code Assist', assist(sse), wrapped()],
    ['the Gemini API', native(sse), { contents }],
  ])('S02 sse-cut-mid-event: a client of %s gets what came, then an error', async (_, path, body) => {
    await onCodeAssist(async ({ relay, fake, post: ask }) => {
      fake.script([cut(says('half of it and then the rest of it'), 'mid-data')]);
      const reply = await ask(path, body);
      const { candidates: _c, ...last } = objectsOf(`data: ${reply.text.split('\ndata: ').at(-1)}`)[0] ?? {};
      expect(reply.text).toContain('half of it');
      expect(last).toMatchObject({ error: { code: 502 } });
      expect((await relay.rowsOnce(1))[0]).toMatchObject({ status: 'failed', basis: 'estimated' });
    });
  });

  test('S08 giant-event: one line of 20 MB passes, unwrapped on its way', async () => {
    await onCodeAssist(async ({ fake, post: ask }) => {
      const text = 'x'.repeat(20_000_000);
      const object = (part: object, more = '') =>
        `{"candidates":[{"content":{"parts":[${JSON.stringify(part)}]}${more}}]}`;
      fake.script([
        streams([
          `data: ${object({ text })}\r\n\r\n`,
          `data: ${object({ text: '' }, ',"finishReason":"STOP"')}\r\n\r\n`,
        ]),
      ]);
      const reply = await ask(native(sse), { contents });
      expect(reply.status).toBe(200);
      expect(textOf(objectsOf(reply.text)).length).toBe(text.length);
      expect(reply.text).not.toContain('"response"');
    });
  });

  test('S14 ping-only: an answer that begins with comments alone is whole when its content comes', async () => {
    await onCodeAssist(async ({ fake, post: ask }) => {
      const content = new Gate();
      const repeat = { do: 'repeat', bytes: Buffer.from(': ping\n\n'), everyMs: 1, until: content } as const;
      fake.script([(question) => says('at last')(question).toSpliced(1, 0, repeat)]);
      const asked = ask(native(sse), { contents });
      await fake.call(1);
      content.open();
      const { status, text } = await asked;
      expect([status, text]).toEqual([200, expect.stringMatching(/^(?:: ping\n\n)+data: /)]);
      expect(textOf(objectsOf(text.replace(/^(?:: ping\n\n)+/, '')))).toBe('at last');
    });
  });

  test('S17 partial-tool-json: a call that breaks off is never told as a whole one', async () => {
    const answer = cut(says('x', { calls: [{ name: 'read', args: { path: 'ä'.repeat(400) } }] }), 'mid-data');
    for (const [path, body] of [
      [assist(sse), wrapped()],
      [native(sse), { contents }],
      ['/v1/messages', { model, max_tokens: 9, stream: true, messages: [{ role: 'user', content: 'Hi' }] }],
    ] as const) {
      await onCodeAssist(async ({ fake, post: ask }) => {
        fake.script([answer, answer]);
        const reply = await ask(path, body);
        expect(reply.text).toContain('error');
        expect(reply.text).not.toMatch(/"stop_reason":"|finishReason/);
      });
    }
  });
});
