import { expect, test } from 'vitest';
import * as z from 'zod';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { streams } from '../support/fake-anthropic/answers.ts';
import { eventually, hello, TestApp } from '../support/test-app.ts';

const shownKey = z.object({ standings: z.array(z.object({ spent: z.number(), held: z.number() })) });

const event = (type: string, fields: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const usage = { input_tokens: 1_000, output_tokens: 1 };
const message = { id: 'msg_1', type: 'message', role: 'assistant', model: hello.model, content: [], usage };
const start = [
  event('message_start', { message }),
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hi' } }),
  event('content_block_stop', { index: 0 }),
];
const ends = (output_tokens: number) =>
  event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens } });
const stop = event('message_stop', {});

test.each<[string, readonly string[]]>([
  ['its end twice', [...start, ends(100), stop, stop]],
  ['its usage twice', [...start, ends(100), ends(100), stop]],
  ['its usage in steps', [...start, ends(40), ends(100), stop]],
  ['usage after its end', [...start, ends(100), stop, ends(900), stop]],
  ['another message after its end', [...start, ends(100), stop, ...start, ends(900), stop]],
])('Q06 settle-once: a stream with %s is one call, one row and one settlement', async (_, chunks) => {
  await using relay = await TestApp.start({
    key: { limits: ['requests=100/day', 'tokens=1m/day', 'cost=1usd/day'].map((text) => parseLimit(text, 'UTC')) },
  });
  relay.upstream.script([streams([chunks.join('')])]);
  expect((await relay.messages()).status).toBe(200);
  const [row, ...more] = await relay.rowsOnce(1);
  expect([row?.inputTokens, row?.outputTokens, row?.costNanoUsd]).toEqual([1_000, 100, 1_000 * 3_000 + 100 * 15_000]);
  const standings = async () => shownKey.parse(await relay.admin(`/keys/${relay.keyId}`)).standings;
  await eventually(async () => (await standings()).every(({ held }) => held === 0));
  expect((await standings()).map(({ spent }) => spent)).toEqual([1, 1_100, row?.costNanoUsd]);
  expect([more, await relay.app.parts.rollups.check()]).toEqual([[], { differences: 0, rowsFrom: null }]);
});
