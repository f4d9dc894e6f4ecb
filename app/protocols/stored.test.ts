import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RelayError } from '../domain/errors.ts';
import { adjustStoredReply } from './anthropic/stored.ts';
import { protocols } from './index.ts';

const { anthropic, 'openai-chat': openai, 'openai-responses': responses } = protocols;
const nothing = new Uint8Array();
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('what is asked of stored things', () => {
  test.each([
    ['anthropic', 'GET', '/v1/messages/batches?limit=5', 'list', undefined],
    ['anthropic', 'GET', '/v1/messages/batches/msgbatch_1', 'item', ['msgbatch_1']],
    ['anthropic', 'DELETE', '/v1/messages/batches/msgbatch_1', 'item', ['msgbatch_1']],
    ['anthropic', 'POST', '/v1/messages/batches/msgbatch_1/cancel', 'item', ['msgbatch_1']],
    ['anthropic', 'GET', '/v1/messages/batches/msgbatch_1/results', 'content', ['msgbatch_1']],
    ['anthropic', 'POST', '/v1/files?beta=true', 'new', undefined],
    ['anthropic', 'GET', '/v1/files', 'list', undefined],
    ['anthropic', 'GET', '/v1/files/file_1/content?beta=true', 'content', ['file_1']],
    ['openai-chat', 'POST', '/v1/files', 'new', undefined],
    ['openai-chat', 'GET', '/v1/files/file-1/content', 'content', ['file-1']],
    ['openai-chat', 'GET', '/v1/batches?after=batch_1', 'list', undefined],
    ['openai-chat', 'POST', '/v1/batches/batch_1/cancel', 'item', ['batch_1']],
    ['openai-responses', 'POST', '/v1/conversations', 'new', undefined],
    ['openai-responses', 'GET', '/v1/conversations/conv_1/items?limit=2', 'item', ['conv_1']],
    ['openai-responses', 'GET', '/v1/conversations/conv_1/items/msg_1', 'item', ['conv_1']],
  ] as const)('%s: %s %s asks for %s, of %j', (id, method, path, stored, ids) => {
    const { serverState, needsHolder, ...facts } = protocols[id].readFacts(nothing, path, method);
    expect(facts).toMatchObject({ model: '', isStream: false, stored });
    expect([serverState, needsHolder ?? false]).toEqual([ids, ids !== undefined]);
  });

  test('bytes of any kind may be uploaded', () => {
    const multipart = Buffer.from(
      '--x\r\ncontent-disposition: form-data; name="file"\r\n\r\n\u0000{"file_id":"\r\n--x--',
    );
    for (const protocol of [anthropic, openai]) {
      expect(protocol.readFacts(multipart, '/v1/files', 'POST')).toMatchObject({ stored: 'new', model: '' });
    }
  });

  test('a batch names a model in each of its requests, and files', () => {
    const request = (custom_id: string, model: unknown) => ({
      custom_id,
      params: { model, max_tokens: 1, messages: [] },
    });
    const file = { role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: 'file_1' } }] };
    const requests = [
      request('a', 'claude-a'),
      request('b', 'claude-b'),
      request('c', 'claude-a'),
      request('d', 7),
      {},
    ];
    const body = bytes({ requests: [...requests, { params: { model: 'claude-c', messages: [file] } }] });
    expect(anthropic.readFacts(body, '/v1/messages/batches', 'POST')).toMatchObject({
      stored: 'new',
      otherModels: ['claude-a', 'claude-b', 'claude-c'],
      fileIds: ['file_1'],
    });
  });

  test('no second model can hide in a batch', () => {
    const twice = '{"requests":[{"custom_id":"a","params":{"model":"claude-a","model":"claude-b"}}]}';
    expect(() => anthropic.readFacts(Buffer.from(twice), '/v1/messages/batches', 'POST')).toThrow(RelayError);
    const escaped = '{"requests":[{"params":{"mod\\u0065l":"claude-b"}}]}';
    expect(anthropic.readFacts(Buffer.from(escaped), '/v1/messages/batches', 'POST').otherModels).toEqual(['claude-b']);
  });

  test('the models of OpenAI’s batch stand in the file that it names', () => {
    const body = bytes({ input_file_id: 'file-1', endpoint: '/v1/chat/completions', completion_window: '24h' });
    expect(openai.readFacts(body, '/v1/batches', 'POST')).toMatchObject({
      ...{ stored: 'new', hidesModels: true, needsHolder: true },
      serverState: ['file-1'],
    });
  });

  test('other paths of the same protocols are what they were', () => {
    const call = bytes({ model: 'm', messages: [] });
    expect(anthropic.readFacts(call, '/v1/messages?beta=true', 'POST')).toMatchObject({ model: 'm' });
    expect(anthropic.readFacts(call, '/v1/messages', 'POST').stored).toBeUndefined();
    expect(openai.readFacts(call, '/v1/chat/completions', 'POST').stored).toBeUndefined();
  });
});

describe('what an answer leaves behind', () => {
  const read = (path: string, answer: unknown, protocol = anthropic) => {
    const meter = protocol.createMeter({ isStream: false, requestBytes: 10, path });
    meter.push(bytes(answer));
    return { phase: meter.phase, ids: meter.stateIds, basis: meter.usage().basis };
  };

  test.each([
    ['a batch', anthropic, '/v1/messages/batches', { id: 'msgbatch_1', type: 'message_batch' }, ['msgbatch_1']],
    ['a file', anthropic, '/v1/files', { id: 'file_1', type: 'file' }, ['file_1']],
    ['a list', openai, '/v1/files', { object: 'list', data: [{ id: 'file-1' }] }, []],
    [
      'the files of a batch that has ended',
      openai,
      '/v1/batches/batch_1',
      { id: 'batch_1', output_file_id: 'file-out', error_file_id: null },
      ['batch_1', 'file-out'],
    ],
    ['a conversation', responses, '/v1/conversations', { id: 'conv_1', object: 'conversation' }, ['conv_1']],
  ] as const)('%s', (_, protocol, path, answer, ids) => {
    expect(read(path, answer, protocol)).toEqual({ phase: 'ended', ids, basis: 'none' });
  });

  test('an answer that is no JSON is not whole', () => {
    const meter = anthropic.createMeter({ isStream: false, requestBytes: 1, path: '/v1/files' });
    meter.push(Buffer.from('<html>sign in to the hotel</html>'));
    expect(meter.phase).toBe('content');
  });

  test('a container of a message, streamed or not', () => {
    const container = { id: 'container_1', expires_at: '2026-12-01T00:00:00Z' };
    expect(read('/v1/messages', { type: 'message', container, usage: {} }).ids).toEqual(['container_1']);
    const meter = anthropic.createMeter({ isStream: true, requestBytes: 1, path: '/v1/messages' });
    const event = { type: 'message_delta', delta: { stop_reason: 'end_turn', container }, usage: { output_tokens: 1 } };
    meter.push(Buffer.from(`event: message_delta\ndata: ${JSON.stringify(event)}\n\n`));
    expect(meter.stateIds).toEqual(['container_1']);
  });
});

describe('what the results of a batch consumed', () => {
  const message = { model: 'claude-a', usage: { input_tokens: 10, output_tokens: 5, service_tier: 'batch' } };
  const lines = [
    { custom_id: 'one', result: { type: 'succeeded', message } },
    { custom_id: 'two', result: { type: 'errored', error: { type: 'error' } } },
    { custom_id: 'three', result: { type: 'succeeded', message: { model: 'claude-b', usage: { output_tokens: 7 } } } },
    { custom_id: 'four', result: { type: 'expired' } },
  ];
  const text = Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'));
  const results = (...chunks: Uint8Array[]) => {
    const meter = anthropic.createMeter({ isStream: false, requestBytes: 1, path: '/v1/messages/batches/b/results' });
    for (const chunk of chunks) meter.push(chunk);
    return { phase: meter.phase, basis: meter.usage().basis, results: meter.batchResults };
  };

  test('each that succeeded, at the price of batches, whether or not the last line is ended', () => {
    const expected = {
      ...{ phase: 'ended', basis: 'none' },
      results: [
        {
          customId: 'one',
          model: 'claude-a',
          usage: expect.objectContaining({ inputTokens: 10, serviceTier: 'batch' }),
        },
        {
          customId: 'three',
          model: 'claude-b',
          usage: expect.objectContaining({ outputTokens: 7, serviceTier: 'batch' }),
        },
      ],
    };
    expect(results(text)).toEqual(expected);
    expect(results(text, Buffer.from('\r\n'))).toEqual(expected);
  });

  test('the same for every cut', () => {
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(text.length), (one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const cut = results(text.subarray(0, from), text.subarray(from, to), text.subarray(to));
        expect(cut).toEqual(results(text));
      }),
    );
  });

  test('OpenAI’s, of chat, Responses and embeddings', () => {
    const line = (custom_id: string, body: object) =>
      JSON.stringify({ custom_id, response: { status_code: 200, body } });
    const meter = openai.createMeter({ isStream: false, requestBytes: 1, path: '/v1/files/file-out/content' });
    meter.push(
      Buffer.from(
        `${line('a', { object: 'chat.completion', model: 'gpt-a', usage: { prompt_tokens: 9, completion_tokens: 2 } })}\n`,
      ),
    );
    meter.push(
      Buffer.from(
        `${line('b', { object: 'response', model: 'gpt-b', usage: { input_tokens: 8, output_tokens: 1 } })}\n`,
      ),
    );
    meter.push(
      Buffer.from(`${line('c', { error: { message: 'no' } })}\nno JSON at all\n{"prompt":"a file of somebody"}\n`),
    );
    expect(meter.batchResults).toEqual([
      {
        customId: 'a',
        model: 'gpt-a',
        usage: expect.objectContaining({ inputTokens: 9, outputTokens: 2, serviceTier: 'batch' }),
      },
      {
        customId: 'b',
        model: 'gpt-b',
        usage: expect.objectContaining({ inputTokens: 8, outputTokens: 1, serviceTier: 'batch' }),
      },
    ]);
  });

  test('any bytes are a file’s content, none at all too', () => {
    const meter = anthropic.createMeter({ isStream: false, requestBytes: 1, path: '/v1/files/file_1/content' });
    expect([meter.phase, meter.failure]).toEqual(['ended', undefined]);
    meter.push(Uint8Array.of(0, 255));
    expect([meter.phase, meter.batchResults]).toEqual(['ended', undefined]);
  });
});

describe('where the results of a batch are', () => {
  const adjusted = (body: string, path = '/v1/messages/batches') =>
    adjustStoredReply(Buffer.from(body), path).toString();

  test('is a path, so that no client takes our key to the upstream', () => {
    const url = 'https://api.anthropic.com/v1/messages/batches/msgbatch_1/results';
    expect(adjusted(`{"id":"msgbatch_1", "results_url" : "${url}","x":1e3}`)).toBe(
      '{"id":"msgbatch_1", "results_url" : "/v1/messages/batches/msgbatch_1/results","x":1e3}',
    );
    expect(
      adjusted(
        `{"data":[{"results_url":"http://127.0.0.1:8/base${'/v1/messages/batches/a/results'}"},{"results_url":null}]}`,
      ),
    ).toBe('{"data":[{"results_url":"/v1/messages/batches/a/results"},{"results_url":null}]}');
  });

  test('is nothing to look for in other answers', () => {
    const text = '{"results_url":"https://api.anthropic.com/v1/messages/batches/a/results"}';
    expect(adjusted(text, '/v1/files')).toBe(text);
  });
});
