import { describe, expect, test } from 'vitest';
import { readFacts } from './facts.ts';

const path = '/v1/responses';

function factsOf(body: object, at = path) {
  return readFacts(Buffer.from(JSON.stringify(body)), at);
}

function user(text: string) {
  return { role: 'user', content: [{ type: 'input_text', text }] };
}

describe('readFacts', () => {
  test('reads what routing needs', () => {
    const body = Buffer.from('{"input":"hi", "model" : "gpt-6", "stream":true,"prompt_cache_key":"thread-1"}');
    const facts = readFacts(body, path);
    expect(facts).toMatchObject({ model: 'gpt-6', isStream: true, isThinking: false, bodySessionId: 'thread-1' });
    const { start = 0, end = 0 } = facts.modelSpan ?? {};
    expect(body.subarray(start, end).toString()).toBe('"gpt-6"');
  });

  test.each([{}, { model: '' }, { model: 7 }, { model: 'm'.repeat(257) }, { prompt: { id: 'pmpt_1' } }])(
    'refuses %j, because the model decides the account',
    (body) => {
      expect(() => factsOf(body)).toThrow(/The field model/);
    },
  );

  test.each([
    [undefined, false],
    [null, false],
    [{ effort: 'none' }, false],
    [{ effort: 'low' }, true],
    [{ summary: 'auto' }, true],
  ])('reasoning %j: thinking is %s', (reasoning, isThinking) => {
    expect(factsOf({ model: 'm', reasoning }).isThinking).toBe(isThinking);
  });

  test.each([
    [{ previous_response_id: 'resp_1' }, ['resp_1'], undefined],
    [{ conversation: 'conv_1' }, ['conv_1'], 'conv_1'],
    [{ conversation: { id: 'conv_2' }, prompt_cache_key: 'k' }, ['conv_2'], 'k'],
    [
      {
        previous_response_id: 'resp_1',
        input: [
          { type: 'item_reference', id: 'rs_1' },
          { role: 'user', content: 'Hi' },
        ],
      },
      ['resp_1', 'rs_1'],
      undefined,
    ],
    [{ input: 'a text about item_reference' }, undefined, undefined],
    [
      { tools: [{ type: 'code_interpreter', container: 'cntr_1' }, { container: { type: 'auto' } }] },
      ['cntr_1'],
      undefined,
    ],
    [{ previous_response_id: null, conversation: null }, undefined, undefined],
    [{}, undefined, undefined],
  ])('%j names the state %j and the session %s', (fields, serverState, session) => {
    const facts = factsOf({ model: 'm', ...fields });
    expect([facts.serverState, facts.bodySessionId]).toEqual([serverState, session]);
  });

  test.each([
    ['/v1/responses/resp_1', 'resp_1', false],
    ['/v1/responses/resp_1/cancel', 'resp_1', false],
    ['/openai/v1/responses/resp_1/input_items?limit=2', 'resp_1', false],
    ['/v1/responses/resp_1?stream=true&starting_after=3', 'resp_1', true],
  ])('%s names the state by its path and needs no body', (at, serverState, isStream) => {
    expect(readFacts(new Uint8Array(), at)).toMatchObject({ model: '', serverState: [serverState], isStream });
  });

  test('files are found wherever they stand, and an answer that is not stored leaves nothing', () => {
    const input = [
      { role: 'user', content: [{ type: 'input_file', file_id: 'file-1' }] },
      { type: 'function_call', arguments: '{"file_id":"file-2"}' },
    ];
    const tools = [
      { type: 'code_interpreter', container: { type: 'auto', file_ids: ['file_3', 'file-4', 'report.pdf'] } },
    ];
    const facts = factsOf({ model: 'm', input, tools, store: false });
    expect([facts.fileIds, facts.serverState, facts.leavesState]).toEqual([
      ['file-1', 'file_3', 'file-4'],
      undefined,
      false,
    ]);
    expect(factsOf({ model: 'm' }).leavesState).toBe(true);
  });

  test.each(['/v1/responses/compact', '/v1/responses/input_tokens', '/v1/responses?x=1'])('%s has a body', (at) => {
    expect(factsOf({ model: 'm' }, at)).toMatchObject({ model: 'm', serverState: undefined });
  });
});

describe('contentHash', () => {
  const system = { role: 'developer', content: 'Be kind.' };
  const base = { model: 'm', instructions: 'I', input: [system, user('Hi')] };
  const hashOf = (body: object) => factsOf(body).contentHash();

  test('stays the same while a conversation grows', () => {
    const longer = [...base.input, { role: 'assistant', content: 'Hello' }, user('More')];
    expect(hashOf({ ...base, input: longer, model: 'other' })).toBe(hashOf(base));
  });

  test('tells conversations apart that begin with the same instructions', () => {
    const bodies = [
      base,
      { ...base, input: [system, user('Ho')] },
      { ...base, instructions: 'J' },
      { ...base, input: 'Hi' },
      { ...base, input: 'Ho' },
    ];
    expect(new Set(bodies.map(hashOf)).size).toBe(bodies.length);
  });
});
