import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Conversation, ProtocolId } from '../domain/conversation.ts';
import type { Json } from '../domain/json.ts';
import { protocols } from './index.ts';

// Vendors add fields all the time: wherever they stand, nothing else may be read differently, and they may not be lost.

const ids = Object.keys(protocols).filter((id): id is ProtocolId => id in protocols);

const paths: Readonly<Record<ProtocolId, string>> = {
  anthropic: '/v1/messages',
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  gemini: '/v1beta/models/some-model:generateContent',
};

const conversation: Conversation = {
  model: 'some-model',
  isStream: false,
  system: [{ kind: 'text', text: 'Be brief.' }],
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hello 你好' }] }],
  tools: [{ name: 'read', description: 'Reads', inputSchema: { type: 'object', properties: {} } }],
  maxOutputTokens: 64,
  stopSequences: [],
  extras: [],
};

/** Names that no vendor has, and values of any shape. */
const unknownFields = fc.uniqueArray(
  fc.tuple(
    fc.integer({ min: 0, max: 9_999 }).map((number) => `zzNew${number}`),
    fc
      .jsonValue({ maxDepth: 2 })
      .map((value): Json => JSON.parse(JSON.stringify(value)))
      .filter((value) => value !== null),
  ),
  { maxLength: 5, selector: ([name]) => name },
);

/** The members of both, in an order that `seed` decides. */
function shuffled(body: Json, more: readonly (readonly [string, Json])[], order: readonly number[]): Json {
  const entries: (readonly [string, Json])[] = [...Object.entries<Json>(Object(body)), ...more];
  const ranked = entries.map((entry, index) => ({ entry, rank: order[index % order.length] ?? 0 }));
  return Object.fromEntries(ranked.sort((a, b) => a.rank - b.rank).map(({ entry }) => entry));
}

describe.each(ids)('%s', (id) => {
  const { codec, readFacts } = protocols[id];
  const path = paths[id];
  const body = codec.encodeRequest(conversation);
  const known = codec.decodeRequest(body, path);
  const order = fc.array(fc.nat(), { minLength: 24, maxLength: 24 });

  test('a request reads the same in any order of its fields, unknown ones among them, which come back', () => {
    fc.assert(
      fc.property(unknownFields, order, (more, ranks) => {
        const given = shuffled(body, more, ranks);
        const { extras, ...rest } = codec.decodeRequest(given, path);
        const { extras: usual, ...same } = known;
        expect(rest).toEqual(same);
        const found = extras.filter(({ field }) => field.startsWith('zzNew'));
        expect(new Map(found.map(({ field, value }) => [field, value]))).toEqual(new Map(more));
        expect(found.filter(({ mayDrop }) => mayDrop)).toEqual([]);
        expect(extras.length - found.length).toBe(usual.length);
        expect(codec.encodeRequest({ extras, ...rest })).toEqual(given);
      }),
    );
  });

  test('the routing facts are the same in any order of the fields', () => {
    fc.assert(
      fc.property(unknownFields, order, (more, ranks) => {
        const facts = readFacts(Buffer.from(JSON.stringify(shuffled(body, more, ranks))), path);
        expect([facts.model, facts.isStream, facts.isThinking]).toEqual(['some-model', false, false]);
      }),
    );
  });
});
