import type { ProtocolId } from '../../../app/domain/conversation.ts';

/** What a feature asks for, in no protocol's words. */
export interface Wanted {
  readonly model: string;
  readonly isStream: boolean;
  readonly system?: string;
  readonly text: string;
  /** Whether the tool `read_file(path)` is offered. */
  readonly hasTool?: boolean;
  /** An earlier call of that tool and what it gave. */
  readonly toolTurn?: { readonly callId: string; readonly path: string; readonly result: string };
  /** A PNG picture, in base64. */
  readonly image?: string;
  readonly schema?: Readonly<Record<string, unknown>>;
  /** A PDF file, in base64. */
  readonly document?: string;
  /** An instruction after the first turn. */
  readonly developer?: string;
  /** The tool must be called. */
  readonly mustCall?: boolean;
  readonly stop?: string;
  /** Whether to think aloud. */
  readonly thinks?: boolean;
}

/** What a client understands of an answer. */
export interface Understood {
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly input: unknown }[];
  readonly end: string;
  /** Prompt and output tokens as this client would bill them. */
  readonly tokens: readonly [input: number, output: number];
  /** What of the prompt came from the cache, as this client sees it. */
  readonly cached: number;
  readonly reasoning: string;
  readonly refusal: string;
}

export interface MatrixClient {
  readonly protocol: ProtocolId;
  /** Where it is not the usual client of its protocol. */
  readonly name?: string;
  path(wanted: Wanted): string;
  body(wanted: Wanted): Record<string, unknown>;
  readWhole(body: Json): Understood;
  readStream(frames: readonly Json[]): Understood;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into as a client's own code would
type Json = any;

const toolSchema = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] };
const toolText = 'Reads a file';

const anthropic: MatrixClient = {
  protocol: 'anthropic',
  path: () => '/v1/messages',
  body: ({ model, isStream, system, text, hasTool, toolTurn, image, schema, ...more }) => ({
    model,
    max_tokens: 4_000,
    stream: isStream,
    ...(more.stop && { stop_sequences: [more.stop] }),
    ...(more.mustCall && { tool_choice: { type: 'tool', name: 'read_file' } }),
    ...(more.thinks && { thinking: { type: 'enabled', budget_tokens: 2_000 } }),
    ...(system && { system }),
    ...(hasTool && { tools: [{ name: 'read_file', description: toolText, input_schema: toolSchema }] }),
    ...(schema && { output_config: { format: { type: 'json_schema', schema } } }),
    messages: [
      {
        role: 'user',
        content: [
          ...(image ? [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: image } }] : []),
          ...(more.document
            ? [{ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: more.document } }]
            : []),
          { type: 'text', text },
        ],
      },
      ...(more.developer ? [{ role: 'system', content: more.developer }] : []),
      ...(toolTurn
        ? [
            {
              role: 'assistant',
              content: [{ type: 'tool_use', id: toolTurn.callId, name: 'read_file', input: { path: toolTurn.path } }],
            },
            {
              role: 'user',
              content: [{ type: 'tool_result', tool_use_id: toolTurn.callId, content: toolTurn.result }],
            },
          ]
        : []),
    ],
  }),
  readWhole: (body) => ({
    text: body.content.map((block: Json) => block.text ?? '').join(''),
    calls: body.content
      .filter((block: Json) => block.type === 'tool_use')
      .map(({ name, input }: Json) => ({ name, input })),
    end: body.stop_reason,
    tokens: [body.usage.input_tokens + (body.usage.cache_read_input_tokens ?? 0), body.usage.output_tokens],
    cached: body.usage.cache_read_input_tokens ?? 0,
    reasoning: body.content.map((block: Json) => block.thinking ?? '').join(''),
    refusal: body.stop_reason === 'refusal' ? body.content.map((block: Json) => block.text ?? '').join('') : '',
  }),
  readStream(frames) {
    const blocks: Json[] = [];
    let end = '';
    let usage: Json = {};
    for (const frame of frames) {
      if (frame.type === 'message_start') usage = { ...usage, ...frame.message.usage };
      if (frame.type === 'content_block_start') blocks[frame.index] = { ...frame.content_block, json: '' };
      if (frame.type === 'content_block_delta') {
        const block = blocks[frame.index];
        if (frame.delta.type === 'text_delta') block.text += frame.delta.text;
        if (frame.delta.type === 'thinking_delta') block.thinking += frame.delta.thinking;
        if (frame.delta.type === 'input_json_delta') block.json += frame.delta.partial_json;
      }
      if (frame.type === 'message_delta') {
        end = frame.delta.stop_reason;
        usage = { ...usage, ...frame.usage };
      }
    }
    if (frames.at(-1)?.type !== 'message_stop') throw new Error('the stream has no natural end');
    return this.readWhole({
      content: blocks.map((block) =>
        block.type === 'tool_use' ? { ...block, input: JSON.parse(block.json || '{}') } : block,
      ),
      stop_reason: end,
      usage,
    });
  },
};

const chat: MatrixClient = {
  protocol: 'openai-chat',
  path: () => '/v1/chat/completions',
  body: ({ model, isStream, system, text, hasTool, toolTurn, image, schema, ...more }) => ({
    model,
    stream: isStream,
    ...(more.stop && { stop: [more.stop] }),
    ...(more.mustCall && { tool_choice: { type: 'function', function: { name: 'read_file' } } }),
    ...(more.thinks && { reasoning_effort: 'high' }),
    ...(isStream && { stream_options: { include_usage: true } }),
    ...(hasTool && {
      tools: [{ type: 'function', function: { name: 'read_file', description: toolText, parameters: toolSchema } }],
    }),
    ...(schema && { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } } }),
    messages: [
      ...(system ? [{ role: 'system', content: system }] : []),
      {
        role: 'user',
        content: [
          ...(image ? [{ type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } }] : []),
          ...(more.document
            ? [{ type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${more.document}` } }]
            : []),
          { type: 'text', text },
        ],
      },
      ...(more.developer ? [{ role: 'developer', content: more.developer }] : []),
      ...(toolTurn
        ? [
            {
              role: 'assistant',
              content: null,
              tool_calls: [
                {
                  id: toolTurn.callId,
                  type: 'function',
                  function: { name: 'read_file', arguments: JSON.stringify({ path: toolTurn.path }) },
                },
              ],
            },
            { role: 'tool', tool_call_id: toolTurn.callId, content: toolTurn.result },
          ]
        : []),
    ],
  }),
  readWhole: (body) => ({
    text: body.choices[0].message.content ?? '',
    calls: (body.choices[0].message.tool_calls ?? []).map((call: Json) => ({
      name: call.function.name,
      input: JSON.parse(call.function.arguments),
    })),
    end: body.choices[0].finish_reason,
    tokens: [body.usage.prompt_tokens, body.usage.completion_tokens],
    cached: body.usage.prompt_tokens_details?.cached_tokens ?? 0,
    reasoning: body.choices[0].message.reasoning_content ?? '',
    refusal: body.choices[0].message.refusal ?? '',
  }),
  readStream(frames) {
    const calls: Json[] = [];
    let text = '';
    let reasoning = '';
    let refusal = '';
    let end = '';
    let usage: Json = {};
    for (const frame of frames) {
      usage = frame.usage ?? usage;
      const [choice] = frame.choices;
      if (!choice) continue;
      text += choice.delta.content ?? '';
      reasoning += choice.delta.reasoning_content ?? '';
      refusal += choice.delta.refusal ?? '';
      end = choice.finish_reason ?? end;
      for (const call of choice.delta.tool_calls ?? []) {
        calls[call.index] ??= { function: { name: '', arguments: '' } };
        calls[call.index].function.name += call.function.name ?? '';
        calls[call.index].function.arguments += call.function.arguments ?? '';
      }
    }
    const message = { content: text, reasoning_content: reasoning, refusal, tool_calls: calls };
    return this.readWhole({ choices: [{ message, finish_reason: end }], usage });
  },
};

const responses: MatrixClient = {
  protocol: 'openai-responses',
  path: () => '/v1/responses',
  body: ({ model, isStream, system, text, hasTool, toolTurn, image, schema, ...more }) => ({
    model,
    stream: isStream,
    store: false,
    ...(more.mustCall && { tool_choice: { type: 'function', name: 'read_file' } }),
    ...(more.thinks && { reasoning: { effort: 'high', summary: 'auto' } }),
    ...(system && { instructions: system }),
    ...(hasTool && {
      tools: [{ type: 'function', name: 'read_file', description: toolText, parameters: toolSchema, strict: false }],
    }),
    ...(schema && { text: { format: { type: 'json_schema', name: 'answer', schema, strict: true } } }),
    input: [
      {
        type: 'message',
        role: 'user',
        content: [
          ...(image ? [{ type: 'input_image', image_url: `data:image/png;base64,${image}`, detail: 'auto' }] : []),
          ...(more.document
            ? [{ type: 'input_file', filename: 'a.pdf', file_data: `data:application/pdf;base64,${more.document}` }]
            : []),
          { type: 'input_text', text },
        ],
      },
      ...(more.developer ? [{ type: 'message', role: 'developer', content: more.developer }] : []),
      ...(toolTurn
        ? [
            {
              type: 'function_call',
              call_id: toolTurn.callId,
              name: 'read_file',
              arguments: JSON.stringify({ path: toolTurn.path }),
            },
            { type: 'function_call_output', call_id: toolTurn.callId, output: toolTurn.result },
          ]
        : []),
    ],
  }),
  readWhole: (body) => {
    const calls = body.output.filter((item: Json) => item.type === 'function_call');
    return {
      text: body.output
        .flatMap((item: Json) => (item.type === 'message' ? item.content : []))
        .map((part: Json) => part.text ?? '')
        .join(''),
      calls: calls.map((item: Json) => ({ name: item.name, input: JSON.parse(item.arguments) })),
      end: body.status === 'incomplete' ? body.incomplete_details.reason : body.status,
      tokens: [body.usage.input_tokens, body.usage.output_tokens],
      cached: body.usage.input_tokens_details?.cached_tokens ?? 0,
      reasoning: body.output
        .flatMap((item: Json) => [...(item.summary ?? []), ...(item.type === 'reasoning' ? (item.content ?? []) : [])])
        .map((part: Json) => part.text)
        .join(''),
      refusal: body.output
        .flatMap((item: Json) => (item.type === 'message' ? item.content : []))
        .map((part: Json) => part.refusal ?? '')
        .join(''),
    };
  },
  readStream(frames) {
    const last = frames.at(-1);
    if (!/^response\.(completed|incomplete|failed)$/.test(last?.type ?? '')) throw new Error('no terminal event');
    const deltas = frames.filter((frame) => frame.type === 'response.output_text.delta').map((frame) => frame.delta);
    const understood = this.readWhole(last.response);
    if (deltas.join('') !== understood.text) throw new Error('deltas and final text differ');
    return understood;
  },
};

const gemini: MatrixClient = {
  protocol: 'gemini',
  path: ({ model, isStream }) =>
    `/v1beta/models/${model}:${isStream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  body: ({ system, text, hasTool, toolTurn, image, schema, ...more }) => ({
    ...(more.mustCall && {
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['read_file'] } },
    }),
    ...(system && { systemInstruction: { parts: [{ text: system }] } }),
    ...(hasTool && {
      tools: [
        { functionDeclarations: [{ name: 'read_file', description: toolText, parametersJsonSchema: toolSchema }] },
      ],
    }),
    generationConfig: {
      ...(schema && { responseMimeType: 'application/json', responseJsonSchema: schema }),
      ...(more.stop && { stopSequences: [more.stop] }),
      ...(more.thinks && { thinkingConfig: { includeThoughts: true, thinkingBudget: 2_000 } }),
    },
    contents: [
      {
        role: 'user',
        parts: [
          ...(image ? [{ inlineData: { mimeType: 'image/png', data: image } }] : []),
          ...(more.document ? [{ inlineData: { mimeType: 'application/pdf', data: more.document } }] : []),
          { text },
        ],
      },
      ...(toolTurn
        ? [
            {
              role: 'model',
              parts: [{ functionCall: { id: toolTurn.callId, name: 'read_file', args: { path: toolTurn.path } } }],
            },
            {
              role: 'user',
              parts: [
                {
                  functionResponse: { id: toolTurn.callId, name: 'read_file', response: { output: toolTurn.result } },
                },
              ],
            },
          ]
        : []),
    ],
  }),
  readWhole: (body) => {
    const parts = body.candidates[0].content?.parts ?? [];
    const usage = body.usageMetadata;
    return {
      text: parts.map((part: Json) => (part.thought ? '' : (part.text ?? ''))).join(''),
      calls: parts.flatMap((part: Json) =>
        part.functionCall ? [{ name: part.functionCall.name, input: part.functionCall.args }] : [],
      ),
      end: body.candidates[0].finishReason,
      tokens: [usage.promptTokenCount, (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0)],
      cached: usage.cachedContentTokenCount ?? 0,
      reasoning: parts.map((part: Json) => (part.thought ? (part.text ?? '') : '')).join(''),
      refusal: body.candidates[0].finishReason === 'SAFETY' ? parts.map((part: Json) => part.text ?? '').join('') : '',
    };
  },
  readStream(frames) {
    const parts = frames.flatMap((frame) => frame.candidates?.[0]?.content?.parts ?? []);
    const end = frames.map((frame) => frame.candidates?.[0]?.finishReason).findLast((reason) => reason !== undefined);
    const usageMetadata = frames.map((frame) => frame.usageMetadata).findLast((usage) => usage !== undefined);
    return this.readWhole({ candidates: [{ content: { parts }, finishReason: end }], usageMetadata });
  },
};

/** Gemini CLI after a login with Google: the Gemini API in a wrapper. */
const codeAssist: MatrixClient = {
  protocol: 'gemini',
  name: 'code-assist',
  path: ({ isStream }) => `/v1internal:${isStream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  body: (wanted) => ({
    model: wanted.model,
    project: 'waystation',
    user_prompt_id: 'prompt-1',
    request: { ...gemini.body(wanted), session_id: 'session-1' },
  }),
  readWhole: (body) => gemini.readWhole(body.response),
  readStream: (frames) => gemini.readStream(frames.map((frame) => frame.response)),
};

export const clients: readonly MatrixClient[] = [anthropic, chat, responses, gemini, codeAssist];

/** The data of each event, `[DONE]` left out. */
export function framesOf(text: string): Json[] {
  return text
    .split(/\r?\n\r?\n/)
    .flatMap((event) => {
      const lines = event.split(/\r?\n/).filter((line) => line.startsWith('data:'));
      return lines.length === 0 ? [] : [lines.map((line) => line.slice(5).trimStart()).join('\n')];
    })
    .filter((data) => data !== '[DONE]')
    .map((data) => JSON.parse(data));
}
