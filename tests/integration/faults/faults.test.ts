import { describe, expect, test } from 'vitest';
import { protocols } from '../../../app/protocols/index.ts';
import { routeFacts } from '../../../app/protocols/routes.ts';
import { providers } from '../../../app/providers/index.ts';
import { type ProviderId, providerIds } from '../../../app/providers/provider-id.ts';
import { type Answer, replies } from '../../support/fake-anthropic/answers.ts';
import { FakeAnthropic } from '../../support/fake-anthropic/fake-anthropic.ts';
import { cut } from '../../support/fake-anthropic/faults.ts';
import { Gate } from '../../support/fake-anthropic/gate.ts';
import { type Move, write } from '../../support/fake-anthropic/moves.ts';
import { chunk } from '../../support/fake-bedrock/event-stream.ts';
import { ownTimeMs } from '../../support/own-time.ts';
import { type Dialect, dialects, sends } from './dialects.ts';
import { type Rig, rigs } from './rigs.ts';
import { Setting } from './setting.ts';

// The fault cases of reliability.md that every kind of upstream has to pass, on each protocol that it speaks itself.

const rows: (readonly [string, ProviderId, Rig])[] = providerIds.flatMap((id) =>
  rigs[id].map((rig) => [`${id} (${rig.dialect.id})`, id, rig] as const),
);

/** Protocols of clients that the provider can only serve by translation, when it is to this one that it translates. */
function othersFor(provider: ProviderId, { id }: Dialect): (readonly [string, Dialect])[] {
  const { routes = [], onlyClient } = providers.get(provider) ?? {};
  if (onlyClient !== undefined) return [];
  if (routes.find((route) => routeFacts[route].isConversation) !== id) return [];
  return Object.values(dialects).flatMap((other) => (routes.includes(other.id) ? [] : [[other.id, other] as const]));
}

describe.each(rows)('%s', (_, provider, rig) => {
  const { dialect } = rig;
  const whole = sends(dialect.opening, dialect.text('Grüße'), dialect.closing);

  test('a plain stream passes, so that what follows says something', async () => {
    await using setting = await Setting.start(provider, rig);
    const reply = await setting.ask(whole);
    expect([reply.status, reply.isWhole]).toEqual([200, true]);
    expect(reply.text.startsWith(dialect.opening + dialect.text('Grüße'))).toBe(true);
    expect((await setting.relay.rows())[0]).toMatchObject({ status: 'completed', basis: 'reported', outputTokens: 3 });
  });

  test.each<[string, Answer]>([
    ['a web page', replies({ headers: { 'content-type': 'text/html' }, body: '<html>hello</html>' })],
    ['an empty stream', replies({ headers: { 'content-type': 'text/event-stream' } })],
    ['nothing at all', replies({})],
    ['a body without a type', replies({ body: 'no type' })],
    ['JSON for a stream', replies({ headers: { 'content-type': 'application/json' }, body: '{"type":"message"}' })],
  ])(
    'S06 no-content-type / wrong type: %s is an error in the caller’s shape, and the account has a mark',
    async (_name, answer) => {
      await using setting = await Setting.start(provider, rig);
      const reply = await setting.ask(answer);
      expect(reply.status).toBe(502);
      dialect.expectError(reply.json());
      expect(setting.health?.breaker.failures).toBeGreaterThan(0);
    },
  );

  test('S08 giant-event: one event of 20 MB neither breaks the relay nor what comes after it', async () => {
    await using setting = await Setting.start(provider, rig);
    const reply = await setting.ask(sends(dialect.opening, dialect.text('x'.repeat(20_000_000)), dialect.closing));
    // Bedrock's framing ends at one megabyte; everybody else's bytes pass as they came.
    if (provider === 'bedrock') expect(reply.text.length).toBeLessThan(100_000);
    else expect([reply.isWhole, reply.text.length > 20_000_000]).toEqual([true, true]);
    expect(await setting.relay.rows()).toHaveLength(1);
    expect((await setting.ask(whole)).text).toContain('Grüße');
  });

  test('S08 giant-event: a tiny event costs at most 20 µs to watch', () => {
    const perChunk = 500;
    const wire = reframerOf(provider, dialect)?.hasOwnType ? framed : Buffer.from;
    const push = watcher(provider, dialect);
    push(wire(dialect.opening + dialect.text('x')));
    const many = wire(dialect.text('x').repeat(perChunk));
    for (let count = 0; count < 20; count += 1) push(many);
    const before = ownTimeMs();
    for (let count = 0; count < 40; count += 1) push(many);
    expect(((ownTimeMs() - before) * 1_000) / (40 * perChunk)).toBeLessThan(20);
  });

  test('S14 ping-only: a stream lives as long as something comes, and is cut when nothing does', async () => {
    const idleMs = 300;
    await using setting = await Setting.start(provider, rig, { streamIdleMs: idleMs });
    const ending = [write(dialect.text('late')), write(dialect.closing)];
    const lively = await setting.ask(pinging(dialect, { everyMs: idleMs / 5, times: 10, ending }));
    expect([lively.status, lively.isWhole]).toEqual([200, true]);
    expect(lively.text).toContain('late');
    const silent = await setting.ask(silentAfter(dialect.opening, dialect.text('early'), dialect.keepAlive));
    expect(silent.text).toContain('early');
    expect(silent.text).toMatch(dialect.brokenEnd);
    expect((await setting.relay.rows()).at(-1)).toMatchObject({ status: 'failed', basis: 'estimated' });
  });

  test('S17 partial-tool-json: arguments that stop in the middle are passed on as they came', async () => {
    await using setting = await Setting.start(provider, rig);
    const reply = await setting.ask(sends(dialect.opening, dialect.partialTool, dialect.partialEnd));
    expect(reply.text.startsWith(dialect.opening + dialect.partialTool)).toBe(true);
  });

  test.each(othersFor(provider, dialect))(
    'S17 partial-tool-json: in translation to %s they are an error, or the part they are under an honest end',
    async (_name, other) => {
      await using setting = await Setting.start(provider, rig);
      const reply = await setting.ask(sends(dialect.opening, dialect.partialTool, dialect.partialEnd), {
        dialect: other,
      });
      const isError = other.brokenEnd.test(reply.text);
      if (isWholeOnly(other) || isWholeOnly(dialect)) return expect(isError).toBe(true);
      expect(isError).toBe(false);
      expect(reply.text).toMatch(/"length"|"max_tokens"|"max_output_tokens"/);
    },
  );

  test.each([[dialect.id, dialect] as const, ...othersFor(provider, dialect)])(
    'S17 partial-tool-json: a connection cut inside them ends a client of %s with its own error event',
    async (_name, other) => {
      await using setting = await Setting.start(provider, rig);
      const answer = sends(dialect.opening, dialect.partialTool, dialect.partialTool.slice(0, -9));
      const reply = await setting.ask(cut(answer, 'before-end'), { dialect: other });
      expect([reply.status, other.brokenEnd.test(reply.text)]).toEqual([200, true]);
      expect((await setting.relay.rows())[0]).toMatchObject({ status: 'failed', basis: 'estimated' });
    },
  );

  test('A16 upstream-origin: nothing in a request moves the call or its credential elsewhere', async () => {
    await using setting = await Setting.start(provider, rig);
    await using foreign = await FakeAnthropic.start();
    const away = foreign.url;
    const names = { base_url: away, api_base: away, baseUrl: away, endpoint: away, proxy: away, url: away };
    await setting.ask(whole, {
      body: names,
      query: names,
      headers: {
        'x-base-url': away,
        'x-upstream': away,
        'x-portkey-custom-host': away,
        'x-forwarded-host': new URL(away).host,
      },
    });
    expect(foreign.requests).toEqual([]);
    expect(setting.rig.seen().length).toBeGreaterThan(0);
    for (const { headers } of setting.rig.seen()) {
      expect(JSON.stringify(headers)).not.toContain(setting.relay.secret);
      expect(headers.host).not.toBe(new URL(away).host);
    }
  });
});

describe('S08 giant-event', () => {
  // Bedrock's framing says an event's length first: see its own S08.
  const unframed = rows.filter(([, provider, { dialect }]) => !reframerOf(provider, dialect));

  test.each(unframed)('S08 giant-event: of an event without end %s keeps little', (_, provider, { dialect }) => {
    const push = watcher(provider, dialect);
    push(Buffer.from('data: {"text":"'));
    const piece = Buffer.from('x'.repeat(65_536));
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 3_000; count += 1) push(piece);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  });
});

describe('A16 upstream-origin', () => {
  test.each(rows)(
    'A16 upstream-origin: %s follows no redirect, and says nothing of where it led',
    async (_, provider, rig) => {
      await using foreign = await FakeAnthropic.start();
      for (const status of [301, 302, 303, 307, 308]) {
        await using setting = await Setting.start(provider, rig);
        const reply = await setting.ask(
          replies({ status, headers: { location: `${foreign.url}${rig.dialect.path}` } }),
        );
        expect(reply.status).toBe(502);
        rig.dialect.expectError(reply.json());
        expect(reply.text).not.toContain(foreign.url);
      }
      expect(foreign.requests).toEqual([]);
    },
  );
});

describe('A17 ssrf-config', () => {
  const never = [
    'http://169.254.169.254',
    'http://0.0.0.0',
    'http://[fd00:ec2::254]',
    'http://metadata.google.internal',
  ];
  const local = ['http://127.0.0.1:9', 'http://[::1]:9', 'http://10.0.0.1', 'http://2130706433', 'http://localhost:9'];

  test.each(rows)(
    'A17 ssrf-config: %s takes no metadata address at all, and a local one only by its owner’s word',
    async (_, provider, rig) => {
      await using setting = await Setting.start(provider, rig);
      const { accountRepository } = setting.relay.app.parts;
      const { settings, secretText } = setting.rig.account;
      const create = (address: string, allowLocalUpstream: boolean) =>
        accountRepository.create({
          name: `${address} ${allowLocalUpstream}`,
          provider,
          settings: leadingTo(settings, address),
          ...(secretText === undefined ? {} : { secretText }),
          allowLocalUpstream,
        });
      for (const address of never) {
        await expect(create(address, true), address).rejects.toThrow(/metadata|not an address/);
        await expect(create(address, false), address).rejects.toThrow(/metadata|not an address/);
      }
      for (const address of local) {
        await expect(create(address, false), address).rejects.toThrow(/own network/);
        await expect(create(address, true), address).resolves.toBeDefined();
      }
    },
  );
});

/** Google's tool calls come whole, in a wrapper or not. */
function isWholeOnly({ id }: Dialect): boolean {
  return id === 'generate' || id === 'assist-generate';
}

function reframerOf(provider: ProviderId, { id }: Dialect) {
  return providers.get(provider)?.createReframer?.(true, id);
}

/** What the relay does with every chunk of a stream of this provider. */
function watcher(provider: ProviderId, dialect: Dialect): (bytes: Uint8Array) => void {
  const meter = protocols[routeFacts[dialect.id].protocol].createMeter({ isStream: true, requestBytes: 0 });
  const reframer = reframerOf(provider, dialect);
  return (bytes) => meter.push(reframer ? reframer.push(bytes) : bytes);
}

/** Server-sent events as messages of Bedrock's own framing. */
function framed(events: string): Buffer {
  const data = events.split('\n\n').filter((event) => event !== '');
  return Buffer.concat(data.map((event) => chunk(event.replace(/^[\s\S]*?data: /, ''))));
}

/** The same settings with another address, whatever their field for it is called. */
function leadingTo(settings: unknown, address: string): unknown {
  const fields = Object.entries(settings as Record<string, unknown>);
  return Object.fromEntries(
    fields.map(([name, value]) => [name, /^(?:baseUrl|endpoint)$/.test(name) ? address : value]),
  );
}

interface Pinging {
  readonly everyMs: number;
  readonly times: number;
  readonly ending: readonly Move[];
}

/** Nothing but signs of life for longer than the idle limit, then an answer after all. */
function pinging(dialect: Dialect, { everyMs, times, ending }: Pinging): Answer {
  return (question) => {
    const [head, ...opening] = sends(dialect.opening)(question).filter(({ do: what }) => what !== 'end');
    const until = new Gate();
    let left = times;
    const timer = setInterval(() => {
      left -= 1;
      if (left > 0) return;
      clearInterval(timer);
      until.open();
    }, everyMs);
    const pings: Move = { do: 'repeat', bytes: Buffer.from(dialect.keepAlive), everyMs, until };
    return [...(head ? [head] : []), ...opening, pings, ...ending, { do: 'end' }];
  };
}

/** These pieces, and then nothing for as long as the relay lets it be. */
function silentAfter(...pieces: readonly string[]): Answer {
  return (question) => [
    ...sends(...pieces)(question).filter(({ do: what }) => what !== 'end'),
    { do: 'wait', gate: new Gate() },
  ];
}
