import { afterAll, describe, expect, test } from 'vitest';
import type { ProtocolId } from '../../../app/domain/conversation.ts';
import { providers } from '../../../app/providers/index.ts';
import type { Provider } from '../../../app/providers/provider.ts';
import type { ProviderId } from '../../../app/providers/provider-id.ts';
import { TestApp } from '../../support/test-app.ts';
import { clients, framesOf, type MatrixClient, type Understood, type Wanted } from './clients.ts';
import { type MatrixUpstream, type UpstreamKind, upstreamKinds } from './upstreams.ts';

// Every client protocol against every upstream protocol, feature by feature. Each cell passes or is a refusal by name; the
// table says which at the end.

const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const pdf = Buffer.from('%PDF-1.4 made up').toString('base64');
const model = 'matrix-model';

/** How each protocol says that one tool must be called. */
const forcedTool: Readonly<Record<ProtocolId, RegExp>> = {
  anthropic: /"tool_choice":\{"type":"tool","name":"read_file"/,
  'openai-chat': /"tool_choice":\{"type":"function","function":\{"name":"read_file"/,
  'openai-responses': /"tool_choice":\{"type":"function","name":"read_file"/,
  gemini: /"allowedFunctionNames":\["read_file"\]/,
};

interface Setting {
  readonly relay: TestApp;
  readonly upstream: MatrixUpstream & { readonly protocol: ProtocolId };
  ask(wanted: Partial<Wanted>): Promise<{ readonly status: number; readonly text: string; understood(): Understood }>;
}

interface Feature {
  readonly name: string;
  /** Answers what the table says instead of "passed". */
  run(setting: Setting, client: MatrixClient): Promise<unknown>;
}

const features: readonly Feature[] = [
  {
    name: 'text, system prompt and usage to the token',
    async run({ relay, upstream, ask }) {
      upstream.says('Grüße, 世界 🌍, in more than one piece');
      const { status, understood } = await ask({ system: 'Be brief.', text: 'Hello there' });
      expect(status).toBe(200);
      expect(understood().text).toBe('Grüße, 世界 🌍, in more than one piece');
      expect(understood().tokens).toEqual(await upstream.charged());
      expect(sent(upstream)).toContain('Be brief.');
      expect(sent(upstream)).toContain('Hello there');
      expect((await relay.rows()).at(-1)).toMatchObject({ status: 'completed', basis: 'reported', model });
    },
  },
  {
    name: 'tool definitions and parallel tool calls',
    async run({ upstream, ask }) {
      const calls = [
        { name: 'read_file', input: { path: 'a.txt' } },
        { name: 'read_file', input: { path: 'b/ü.txt', deep: [1, { x: null }] } },
      ];
      upstream.says('Let me look.', calls);
      const { understood } = await ask({ hasTool: true, text: 'Read both' });
      expect(understood().calls).toEqual(calls);
      expect(understood().end).toMatch(/tool|completed|STOP/);
      expect(sent(upstream)).toContain('read_file');
      expect(sent(upstream)).toContain('Reads a file');
    },
  },
  {
    name: 'a tool call and its result in the history',
    async run({ upstream, ask }) {
      upstream.says('It says 42.');
      const toolTurn = { callId: 'call_abc123', path: 'notes.txt', result: 'the answer is 42' };
      const { status, understood } = await ask({ hasTool: true, text: 'What does notes.txt say?', toolTurn });
      expect(status).toBe(200);
      expect(understood().text).toBe('It says 42.');
      expect(sent(upstream)).toMatch(/notes\.txt[\s\S]*the answer is 42/);
    },
  },
  {
    name: 'a picture',
    async run({ upstream, ask }) {
      upstream.says('A dot.');
      const { status } = await ask({ image: picture, text: 'What is it?' });
      expect(status).toBe(200);
      expect(sent(upstream)).toContain(picture);
    },
  },
  {
    name: 'structured output',
    async run({ upstream, ask }) {
      upstream.says('{"city":"Bern"}');
      const schema = {
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
        additionalProperties: false,
      };
      const { status, understood } = await ask({ schema, text: 'Which city?' });
      expect(status).toBe(200);
      expect(JSON.parse(understood().text)).toEqual({ city: 'Bern' });
      expect(sent(upstream)).toContain('"city"');
    },
  },
  {
    name: 'a document',
    async run({ upstream, ask }) {
      upstream.says('One page.');
      const { status, understood } = await ask({ document: pdf, text: 'How long is it?' });
      expect(status).toBe(200);
      expect(understood().text).toBe('One page.');
      expect(sent(upstream)).toContain(pdf);
    },
  },
  {
    name: 'an instruction between the turns',
    async run({ upstream, ask }, { protocol }) {
      upstream.says('Yes.');
      // Gemini's clients have only the instruction before the first turn.
      const instruction =
        protocol === 'gemini' ? { system: 'Answer in one word.' } : { developer: 'Answer in one word.' };
      const { status, understood } = await ask({ text: 'Is it sunny?', ...instruction });
      expect(status).toBe(200);
      expect(understood().text).toBe('Yes.');
      expect(sent(upstream)).toContain('Answer in one word.');
    },
  },
  {
    name: 'a tool that must be called',
    async run({ upstream, ask }) {
      const calls = [{ name: 'read_file', input: { path: 'a.txt' } }];
      upstream.says('', calls);
      const { status, understood } = await ask({ hasTool: true, mustCall: true, text: 'Read it' });
      expect(status).toBe(200);
      expect(understood().calls).toEqual(calls);
      expect(sent(upstream)).toMatch(forcedTool[upstream.protocol]);
    },
  },
  {
    name: 'a stop sequence',
    async run({ upstream, ask }, { protocol }) {
      upstream.says('One, two,');
      if (protocol === 'openai-responses') return 'no such field';
      const { status, text } = await ask({ text: 'Count', stop: 'three' });
      if (upstream.protocol === 'openai-responses') {
        expect([status, errorMessageOf(JSON.parse(text))]).toEqual([400, expect.stringContaining('The field stop')]);
        expect(upstream.seen()).toBeUndefined();
        return 'refused by name';
      }
      expect(status).toBe(200);
      expect(sent(upstream)).toMatch(/"stop(?:_sequences|Sequences)?":\["three"\]/);
    },
  },
  {
    name: 'thinking aloud',
    async run({ upstream, ask }) {
      upstream.thinks('First I look, 然后 I say.', 'Sunny.');
      const { status, understood } = await ask({ thinks: true, text: 'How is it?' });
      expect(status).toBe(200);
      expect([understood().reasoning, understood().text]).toEqual(['First I look, 然后 I say.', 'Sunny.']);
      expect(understood().tokens).toEqual(await upstream.charged());
    },
  },
  {
    name: 'a refusal in the model’s own words',
    async run({ upstream, ask }) {
      if (!upstream.declines) return 'no such answer';
      upstream.declines('I cannot help with that.');
      const { status, understood } = await ask({ text: 'Do it' });
      const { refusal, text } = understood();
      expect([status, refusal || text]).toEqual([200, 'I cannot help with that.']);
    },
  },
  {
    name: 'a prompt from the cache, class by class',
    async run({ relay, upstream, ask }) {
      upstream.remembers('Again.', 3_000);
      const { status, understood } = await ask({ text: 'And again' });
      expect([status, understood().cached]).toEqual([200, 3_000]);
      expect(understood().tokens).toEqual(await upstream.charged());
      expect((await relay.rows()).at(-1)).toMatchObject({ cacheReadTokens: 3_000, basis: 'reported' });
    },
  },
  {
    name: 'an answer cut off by its length',
    async run({ upstream, ask }) {
      upstream.stopsShort('and so on and');
      const { understood } = await ask({ text: 'Tell me everything' });
      expect(understood().end).toMatch(/^(max_tokens|length|max_output_tokens|MAX_TOKENS)$/);
    },
  },
  {
    name: 'a request that the upstream rejects',
    async run({ upstream, ask }, { protocol }) {
      upstream.refuses(400, 'the temperature is too high');
      const { status, text } = await ask({ text: 'Hi' });
      expect(status).toBe(400);
      expect(errorMessageOf(JSON.parse(text))).toBe('the temperature is too high');
      if (protocol === 'anthropic') expect(JSON.parse(text)).toMatchObject({ type: 'error' });
      if (protocol === 'gemini')
        expect(JSON.parse(text)).toMatchObject({ error: { code: 400, status: 'INVALID_ARGUMENT' } });
    },
  },
  {
    name: 'an upstream at its limit',
    async run({ upstream, ask }) {
      upstream.refuses(429, 'slow down');
      const { status, text } = await ask({ text: 'Hi' });
      expect(status).toBe(429);
      expect(errorMessageOf(JSON.parse(text))).toMatch(/limit|slow down/);
    },
  },
];

/**
 * An OpenAI account speaks chat by itself: here it must not, so that chat is translated to Responses. Code Assist serves
 * Gemini CLI alone: here it serves every client, so that every way through its wrapper is walked.
 */
const translating: ReadonlyMap<ProviderId, Provider> = new Map(
  [...providers].map(([id, provider]) => [id, changed(provider)]),
);

function changed(provider: Provider): Provider {
  const { onlyClient: _, login: _signedIn, ...open } = provider;
  if (provider.id === 'gemini-code-assist') return open;
  return provider.id === 'openai' ? { ...provider, routes: ['responses'] } : provider;
}

const results = new Map<string, string>();

afterAll(() => {
  const columns = upstreamKinds.map(labelOf);
  const lines = features.flatMap(({ name }) => [
    name,
    ...clients.map(labelOf).map((client) => {
      const cells = columns.map((upstream) => (results.get(`${client} ${upstream} ${name}`) ?? '-').padEnd(20));
      return `  ${client.padEnd(18)}${cells.join('')}`;
    }),
  ]);
  process.stdout.write(
    `\nclient \\ upstream   ${columns.map((name) => name.padEnd(20)).join('')}\n${lines.join('\n')}\n`,
  );
});

const cells = clients.flatMap((client) =>
  upstreamKinds.flatMap((kind) =>
    [true, false].map((isStream) => [labelOf(client), labelOf(kind), isStream, client, kind] as const),
  ),
);

describe.each(cells)('%s client, %s upstream, stream %s', (_client, _upstream, isStream, client, kind) => {
  test.each(features)('$name', async (feature) => {
    await using upstream = await kind.start();
    await using relay = await TestApp.start({ upstreams: 0, ports: { providers: translating } });
    await addAccount(relay, upstream);
    const { protocol } = kind;
    const told = { ...upstream, protocol };
    const instead = await feature.run({ relay, upstream: told, ask: asker(relay, client, isStream) }, client);
    const cell = `${labelOf(client)} ${labelOf(kind)} ${feature.name}`;
    results.set(
      cell,
      typeof instead === 'string' ? instead : `${results.get(cell) ?? ''}${isStream ? 'stream ' : 'whole '}`,
    );
  });
});

function labelOf({ protocol, name }: MatrixClient | UpstreamKind): string {
  return name ?? protocol;
}

function asker(relay: TestApp, client: MatrixClient, isStream: boolean): Setting['ask'] {
  return async (more) => {
    const wanted: Wanted = { model, isStream, text: '', ...more };
    const reply = await relay.request({
      method: 'POST',
      path: client.path(wanted),
      body: JSON.stringify(client.body(wanted)),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${relay.secret}` },
    });
    const understood = () => (isStream ? client.readStream(framesOf(reply.text)) : client.readWhole(reply.json()));
    return { status: reply.status, text: reply.text, understood };
  };
}

async function addAccount(relay: TestApp, { account }: MatrixUpstream): Promise<void> {
  await relay.app.parts.accountRepository.create({
    name: 'matrix',
    secretText: 'made-up-upstream-key',
    ...account,
    allowLocalUpstream: true,
    models: [model],
  });
  await relay.app.parts.accounts.reload();
}

function sent(upstream: MatrixUpstream): string {
  return Buffer.from(upstream.seen()?.body ?? []).toString();
}

function errorMessageOf(body: { error?: { message?: string } }): string | undefined {
  return body.error?.message;
}
