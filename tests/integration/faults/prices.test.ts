import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { overHttp } from '../../../app/cli/client.ts';
import { routeFacts } from '../../../app/protocols/routes.ts';
import { type ProviderId, providerIds } from '../../../app/providers/provider-id.ts';
import { loadPrices } from '../../../app/usage/prices.ts';
import { Repricer } from '../../../app/usage/reprice.ts';
import { type Answer, replies, streams } from '../../support/fake-anthropic/answers.ts';
import { closeAll, listen } from '../../support/fake-anthropic/listen.ts';
import { type GoldenCase, goldenBytes, goldenCases, isStreamed } from '../../support/golden.ts';
import { type Dialect, dialects, sends } from './dialects.ts';
import { type Rig, rigs } from './rigs.ts';
import { type AskOptions, Setting } from './setting.ts';

// What a call costs, in the row that the relay stores for it, through every kind of upstream.

const rows = providerIds.flatMap((id) => rigs[id].map((rig) => [`${id} (${rig.dialect.id})`, id, rig] as const));

/** Golden answers to a conversation that this rig can give. */
function casesFor(provider: ProviderId, { dialect }: Rig): GoldenCase[] {
  return goldenCases(provider).filter((one) => {
    const route = one.route ?? (dialect.id === 'assist-generate' ? undefined : dialect.id);
    const hasWhole = dialect.id === 'messages' || dialect.id === 'chat' || dialect.id === 'responses';
    return (
      route === dialect.id &&
      one.protocol === routeFacts[dialect.id].protocol &&
      /^(?!embeddings|images)/.test(one.file) &&
      (isStreamed(one) ? /\.(?:sse|bin)$/.test(one.file) : hasWhole)
    );
  });
}

function answerOf(provider: ProviderId, one: GoldenCase): Answer {
  const bytes = goldenBytes(provider, one);
  if (isStreamed(one)) return streams([bytes], one.headers);
  return replies({ headers: { 'content-type': 'application/json', ...one.headers }, body: bytes });
}

/** Bedrock's golden answers are in its own framing already, which its fake would make once more. */
function answersFrom(one: GoldenCase): Rig {
  const type = isStreamed(one) ? 'application/vnd.amazon.eventstream' : 'application/json';
  return {
    dialect: dialects.messages,
    start: async () => {
      const server = createServer((_request, response) => {
        response.writeHead(200, { 'content-type': type, ...one.headers }).end(goldenBytes('bedrock', one));
      });
      const endpoint = `http://127.0.0.1:${await listen(server, 0)}`;
      return {
        account: { settings: { region: 'us-east-1', endpoint }, secretText: `AKIAMADEUP:${'madeUp'.repeat(7)}` },
        script: () => undefined,
        seen: () => [],
        close: () => closeAll(server),
      };
    },
  };
}

function askingFor(dialect: Dialect, one: Pick<GoldenCase, 'model'>, isStream: boolean): AskOptions {
  const path = dialect.path.replace('fault-model', encodeURIComponent(one.model.replace(/^.*models\//, '')));
  const body = { ...dialect.body, ...('model' in dialect.body && { model: one.model }) };
  return { dialect: { ...dialect, path, body: 'stream' in body ? { ...body, stream: isStream } : body } };
}

/** Google's paths name the model, and have no room for a mark or an ARN. */
function longNamesFor({ dialect }: Rig): string[] {
  if (!('model' in dialect.body)) return [];
  return ['fault-model[1m]', 'arn:aws:bedrock:us-east-1::foundation-model/anthropic.fault-model-20270101-v1:0'];
}

describe.each(rows)('%s', (_, provider, rig) => {
  const cases = casesFor(provider, rig);

  test('has golden answers', () => {
    expect(cases.length).toBeGreaterThan(0);
  });

  test.each(cases.map((one) => [one.name, one] as const))(
    `Q10 cache-5m-1h-split: ${provider}: the stored cost is exact to the nano-dollar: %s`,
    async (_name, one) => {
      await using setting = await Setting.start(provider, provider === 'bedrock' ? answersFrom(one) : rig);
      const reply = await setting.ask(answerOf(provider, one), askingFor(rig.dialect, one, isStreamed(one)));
      expect([reply.status, reply.isWhole], reply.text).toEqual([200, true]);
      const [row] = await setting.relay.rowsOnce(1);
      const { servedModel: _served, ...usage } = one.usage;
      expect(row).toMatchObject({ status: 'completed', ...usage });
      expect(row?.costNanoUsd).toBe(one.costNanoUsd);
      expect(row?.costNanoUsd ?? 0).toBeGreaterThanOrEqual(0);
    },
  );

  test(`Q09 unknown-model-price: ${provider}: new names of every kind have no price, are counted, and get it later`, async () => {
    await using setting = await Setting.start(provider, rig);
    const answer = sends(rig.dialect.opening, rig.dialect.text('Hallo'), rig.dialect.closing);
    const names = ['fault-model', 'fault-model-20270101', 'fault-model-latest', ...longNamesFor(rig)];
    for (const model of names) await setting.ask(answer, askingFor(rig.dialect, { model }, true));
    const found = await setting.relay.rowsOnce(names.length);
    expect(found.map(({ model, costNanoUsd, price }) => [model, costNanoUsd, price])).toEqual(
      names.map((name) => [name, null, null]),
    );
    const { port, app } = setting.relay;
    const admin = overHttp({ url: `http://127.0.0.1:${port}`, token: app.controlToken });
    const summary = await admin.summarizeUsage({});
    expect(summary.map(({ unpricedCalls, costNanoUsd }) => [unpricedCalls, costNanoUsd])).toEqual(
      names.map(() => [1, 0]),
    );
    const { store } = app.parts;
    const step = await new Repricer(store, laterPrices).step({ isDryRun: false });
    expect(step.models.map(({ priced }) => priced)).toEqual(names.map(() => 1));
    expect((await setting.relay.rows()).map(({ costNanoUsd }) => costNanoUsd)).toEqual(names.map(() => 9 * 7 + 3 * 11));
  });
});

test.each([
  ['an ARN', 'arn:aws:bedrock:us-east-1::foundation-model/anthropic.fault-model-20270101-v1:0'],
  ['an inference profile', 'eu.anthropic.claude-fault-20270101-v1:0'],
])('Q09 unknown-model-price: %s of an unknown model has no price through Bedrock', async (_, model) => {
  const [rig] = rigs.bedrock;
  if (!rig) throw new Error('Bedrock has no rig');
  await using setting = await Setting.start('bedrock', rig);
  const answer = sends(rig.dialect.opening, rig.dialect.text('Hallo'), rig.dialect.closing);
  await setting.ask(answer, askingFor(rig.dialect, { model }, true));
  const [row] = await setting.relay.rowsOnce(1);
  expect([row?.costNanoUsd, row?.price, row?.outputTokens]).toEqual([null, null, 3]);
});

/** A table that knows the model at last. */
const laterPrices = loadPrices({
  ...{ version: 'later', date: '2027-02-01', unit: 'made up' },
  sources: { made: { from: 'made up', read: '2027-02-01' } },
  vendors: [
    {
      id: 'made',
      source: 'made',
      serviceTierPercent: {},
      models: [{ id: 'fault-model', aliases: ['fault-model-latest'], input: 7, output: 11 }],
    },
  ],
});
