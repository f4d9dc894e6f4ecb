import { describe, expect, test } from 'vitest';
import { anthropicModelList, geminiModelList, openAIModelList } from './model-list.ts';

describe('what an upstream tells of its models', () => {
  test('Anthropic: names, the day of release, and both limits', () => {
    const entry = {
      type: 'model',
      id: 'claude-made-up',
      display_name: 'Claude Made Up',
      created_at: '2026-02-04T00:00:00Z',
      max_input_tokens: 1_000_000,
      max_tokens: 128_000,
      capabilities: { batch: { supported: true } },
    };
    expect(
      anthropicModelList.read({ data: [entry, { ...entry, id: 'b', created_at: '1970-01-01T00:00:00Z' }] }),
    ).toEqual([
      {
        id: 'claude-made-up',
        displayName: 'Claude Made Up',
        createdAt: Date.UTC(2026, 1, 4),
        contextTokens: 1_000_000,
        maxOutputTokens: 128_000,
      },
      expect.objectContaining({ id: 'b', createdAt: undefined }),
    ]);
  });

  test('OpenAI and those like it: seconds, and context windows under several names', () => {
    const data = [
      { id: 'gpt-made-up', object: 'model', created: 1_790_000_000, owned_by: 'openai' },
      { id: 'meta-llama/made-up', created: 0, context_length: 131_072 },
      { id: 'local', max_model_len: 4_096, max_tokens: 0 },
    ];
    expect(
      openAIModelList
        .read({ object: 'list', data })
        ?.map(({ id, createdAt, contextTokens }) => [id, createdAt, contextTokens]),
    ).toEqual([
      ['gpt-made-up', 1_790_000_000_000, undefined],
      ['meta-llama/made-up', undefined, 131_072],
      ['local', undefined, 4_096],
    ]);
  });

  test('Gemini: without the collection in front of the name', () => {
    const models = [{ name: 'models/gemini-made-up', displayName: 'Gemini', inputTokenLimit: 8, outputTokenLimit: 4 }];
    expect(geminiModelList.read({ models })).toEqual([
      { id: 'gemini-made-up', displayName: 'Gemini', contextTokens: 8, maxOutputTokens: 4 },
    ]);
  });

  test.each([undefined, null, [], 'text', { data: {} }, { models: [] }, { error: { message: 'no' } }])(
    '%j is no list',
    (answer) => {
      expect(openAIModelList.read(answer)).toBeUndefined();
    },
  );

  test('names that no client could send, or that steer a terminal, are left out', () => {
    const data = [
      { id: '' },
      { id: 7 },
      {},
      null,
      { id: 'two words' },
      { id: 'a\u001b[2J' },
      { id: 'x'.repeat(201) },
      { id: 'fine' },
    ];
    expect(openAIModelList.read({ data })?.map(({ id }) => id)).toEqual(['fine']);
    const named = { data: [{ id: 'a', display_name: 'A\u0007' }] };
    expect(anthropicModelList.read(named)?.[0]?.displayName).toBeUndefined();
  });
});
