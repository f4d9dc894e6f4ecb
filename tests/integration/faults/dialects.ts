import { expect } from 'vitest';
import { type Answer, streams } from '../../support/fake-anthropic/answers.ts';
import { frame } from '../../support/fake-anthropic/message.ts';

/** What the fault cases need to know of one protocol: how a client asks, and what an upstream sends. */
export interface Dialect {
  readonly id: 'messages' | 'chat' | 'responses' | 'generate' | 'assist-generate';
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The pieces of a stream; between the first two it may be silent or send what means nothing. */
  readonly opening: string;
  readonly keepAlive: string;
  text(text: string): string;
  readonly closing: string;
  /** A tool call whose arguments stop in the middle, and what follows where the upstream takes that for an end. */
  readonly partialTool: string;
  readonly partialEnd: string;
  /** What a refusal before the first byte looks like. */
  expectError(body: unknown): void;
  /** How a stream that broke tells it. */
  readonly brokenEnd: RegExp;
}

const usage = { input_tokens: 9, output_tokens: 3 };
const event = (type: string, fields: object) => frame(type, JSON.stringify({ type, ...fields })).toString();
const cutArguments = '{"path":"a/very/lo';
const model = 'fault-model';

const messages: Dialect = {
  id: 'messages',
  path: '/v1/messages',
  body: { model, max_tokens: 64, stream: true, messages: [{ role: 'user', content: 'Hello' }] },
  opening: event('message_start', {
    message: { id: 'msg_1', type: 'message', role: 'assistant', model, content: [], stop_reason: null, usage },
  }),
  keepAlive: event('ping', {}),
  text: (text) =>
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
    event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
  closing:
    event('content_block_stop', { index: 0 }) +
    event('message_delta', { delta: { stop_reason: 'end_turn' }, usage }) +
    event('message_stop', {}),
  partialTool:
    event('content_block_start', {
      index: 0,
      content_block: { type: 'tool_use', id: 'toolu_1', name: 'read', input: {} },
    }) + event('content_block_delta', { index: 0, delta: { type: 'input_json_delta', partial_json: cutArguments } }),
  partialEnd:
    event('content_block_stop', { index: 0 }) +
    event('message_delta', { delta: { stop_reason: 'max_tokens' }, usage }) +
    event('message_stop', {}),
  expectError: (body) => expect(body).toMatchObject({ type: 'error', error: { type: 'api_error' } }),
  brokenEnd: /event: error\ndata: \{"type":"error"/,
};

const chunk = (delta: object, reason: string | null = null) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_764_000_000,
    model,
    choices: [{ index: 0, delta, finish_reason: reason }],
  })}\n\n`;
const chatUsage = `data: ${JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_764_000_000,
  model,
  choices: [],
  usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
})}\n\n`;

const chat: Dialect = {
  id: 'chat',
  path: '/v1/chat/completions',
  body: {
    model,
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: 'Hello' }],
  },
  opening: chunk({ role: 'assistant', content: '' }),
  keepAlive: ': keep-alive\n\n',
  text: (text) => chunk({ content: text }),
  closing: `${chunk({}, 'stop')}${chatUsage}data: [DONE]\n\n`,
  partialTool: chunk({
    tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'read', arguments: cutArguments } }],
  }),
  partialEnd: `${chunk({}, 'length')}${chatUsage}data: [DONE]\n\n`,
  expectError: (body) => expect(body).toMatchObject({ error: { message: expect.any(String), type: 'server_error' } }),
  brokenEnd: /data: \{"error":\{/,
};

const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'in_progress', content: [] };
const call = {
  id: 'fc_1',
  type: 'function_call',
  call_id: 'call_1',
  name: 'read',
  status: 'incomplete',
  arguments: cutArguments,
};
const responseBody = { id: 'resp_1', object: 'response', created_at: 1_764_000_000, model, output: [] };
const responseUsage = { input_tokens: 9, output_tokens: 3, total_tokens: 12 };

const responses: Dialect = {
  id: 'responses',
  path: '/v1/responses',
  body: { model, stream: true, store: false, input: 'Hello' },
  opening: event('response.created', { response: { ...responseBody, status: 'in_progress' } }),
  keepAlive: event('keepalive', { sequence_number: 1 }),
  text: (delta) =>
    event('response.output_item.added', { output_index: 0, item }) +
    event('response.output_text.delta', { output_index: 0, content_index: 0, item_id: 'msg_1', delta }),
  closing: event('response.completed', { response: { ...responseBody, status: 'completed', usage: responseUsage } }),
  partialTool:
    event('response.output_item.added', { output_index: 0, item: { ...call, arguments: '' } }) +
    event('response.function_call_arguments.delta', { output_index: 0, item_id: 'fc_1', delta: cutArguments }),
  partialEnd:
    event('response.function_call_arguments.done', { output_index: 0, item_id: 'fc_1', arguments: cutArguments }) +
    event('response.output_item.done', { output_index: 0, item: call }) +
    event('response.incomplete', {
      response: {
        ...responseBody,
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        output: [call],
        usage: responseUsage,
      },
    }),
  expectError: (body) => expect(body).toMatchObject({ error: { message: expect.any(String), type: 'server_error' } }),
  brokenEnd: /event: (?:error|response\.failed)\n/,
};

const candidates = (parts: readonly object[], finishReason?: string) =>
  `data: ${JSON.stringify({
    candidates: [{ content: { role: 'model', parts }, index: 0, ...(finishReason && { finishReason }) }],
    usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 3, totalTokenCount: 12 },
    modelVersion: model,
    responseId: 'r1',
  })}\r\n\r\n`;

const generate: Dialect = {
  id: 'generate',
  path: `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
  body: { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
  opening: '',
  keepAlive: ': keep-alive\n\n',
  text: (text) => candidates([{ text }]),
  closing: candidates([{ text: '' }], 'STOP'),
  // Arguments come whole in this protocol: only the line itself can be cut.
  partialTool: `${candidates([{ text: 'Calling' }])}data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"read","args":${cutArguments}`,
  partialEnd: '',
  expectError: (body) => expect(body).toMatchObject({ error: { code: 502, status: expect.any(String) } }),
  brokenEnd: /"error"/,
};

/** Gemini CLI after a sign-in with Google: the same in a wrapper. */
const wrapped = (events: string) => events.replace(/^data: (.*)\r$/gm, 'data: {"response": $1,"traceId": "t1"}\r');

const assist: Dialect = {
  ...generate,
  id: 'assist-generate',
  path: '/v1internal:streamGenerateContent?alt=sse',
  body: { model, project: 'made-up-project-7', user_prompt_id: 'p1', request: generate.body },
  text: (text) => wrapped(generate.text(text)),
  closing: wrapped(generate.closing),
  partialTool: wrapped(generate.partialTool).replace(/data: (?!\{"response)/, 'data: {"response": '),
};

export const dialects = { messages, chat, responses, generate, assist } as const;

/** A stream of exactly these pieces. */
export function sends(...pieces: readonly string[]): Answer {
  return streams(pieces.filter((piece) => piece !== ''));
}
