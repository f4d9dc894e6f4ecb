import { type Answer, type Question, replies } from '../fake-anthropic/answers.ts';
import { type Charge, countTokens, noCharge } from '../fake-anthropic/charge.ts';
import { listOf } from '../fake-anthropic/json.ts';
import { type Move, type WireHeaders, write } from '../fake-anthropic/moves.ts';
import { type ErrorBody, errorEnvelope } from './errors.ts';
import { type Chunk, encodeReply, encodeStream, type FunctionCall, type Message, totalCharge } from './message.ts';

// Answers are those of the other fake, so that its faults (`cut`, `gated`, `dripping`, `encoded` …) work on them too.

export interface SayOptions {
  readonly thoughts?: string;
  readonly calls?: readonly FunctionCall[];
  readonly finishReason?: string;
  /** Refuses the prompt: no candidates. */
  readonly blockReason?: string;
  /** Replaces counted tokens. */
  readonly usage?: Partial<Charge>;
  /** Characters in each chunk. */
  readonly deltaSize?: number;
}

/** An answer: server-sent events or a growing array when the request asks for a stream, otherwise one body. */
export function says(text: string, options: SayOptions = {}): Answer {
  return (question) => {
    const message: Message = {
      id: question.request.id.replace(/\W/g, ''),
      model: modelOf(question),
      thoughts: options.thoughts ?? '',
      text,
      calls: options.calls ?? [],
      finishReason: options.finishReason ?? 'STOP',
      blockReason: options.blockReason,
      prompt: question.chargePrompt(),
      usage: options.usage,
      deltaSize: options.deltaSize ?? 12,
    };
    return question.isStream
      ? streamMoves(message, question)
      : chargedBody(question, encodeReply(message), totalCharge(message));
  };
}

/** The model stands in the path; in Code Assist's wrapper. */
export function modelOf({ request, body }: Question): string {
  const named = /\/models\/([^:/?]+)/.exec(request.path)?.[1];
  return named === undefined ? String(body['model'] ?? '') : decodeURIComponent(named);
}

function isSse({ request }: Question): boolean {
  return /[?&]alt=sse(?:&|$)/.test(request.path);
}

export interface RefuseOptions extends Partial<Omit<ErrorBody, 'code'>> {
  readonly headers?: WireHeaders;
}

/** An error in Google's envelope; inside an array when a stream was asked for as one. Charges nothing. */
export function refuses(code: number, options: RefuseOptions = {}): Answer {
  const { headers, ...error } = options;
  const body = errorEnvelope({ code, message: `The fake upstream refuses with ${code}`, ...error });
  return (question) =>
    replies({
      status: code,
      headers: { ...usualHeaders(question), ...headers },
      body: question.isStream && !isSse(question) ? `[${body}\n]\n` : body,
    })(question);
}

/** Sends an error object inside the 200, before the first content or after half of it, and ends there. */
export function failing(answer: Answer, place: 'before-content' | 'mid-content', error: ErrorBody): Answer {
  return (question) => {
    const moves = answer(question);
    const isContent = (move: Move) => move.do === 'write' && /^content_block/.test(move.label);
    const first = moves.findIndex(isContent);
    const at = place === 'before-content' ? first : first + Math.ceil(moves.filter(isContent).length / 2);
    const bytes = `data: ${JSON.stringify(JSON.parse(errorEnvelope(error)))}\r\n\r\n`;
    return [...moves.slice(0, at), write(bytes, 'error'), { do: 'end' }];
  };
}

/** A stream of exactly these bytes, each chunk written by itself. Charges nothing. */
export function streams(chunks: readonly (string | Uint8Array)[], headers: WireHeaders = {}): Answer {
  return (question) => [
    { do: 'head', status: 200, headers: { ...streamHeaders(question), ...headers }, isCharged: false },
    ...chunks.map((chunk) => write(chunk)),
    { do: 'end' },
  ];
}

/** A vector of a made-up length for each content. */
export const embeds: Answer = (question) => {
  const { body } = question;
  const requests = listOf(body['requests']);
  const vector = (index: number) => ({ values: [0.25, -0.5, index] });
  const isBatch = question.request.path.includes(':batchEmbedContents');
  const reply = isBatch ? { embeddings: requests.map((_, index) => vector(index)) } : { embedding: vector(0) };
  const inputTokens = countTokens(JSON.stringify(isBatch ? requests : body['content']));
  const usageMetadata = { promptTokenCount: inputTokens };
  return chargedBody(question, JSON.stringify({ ...reply, usageMetadata }), { ...noCharge, inputTokens });
};

export function answersJson(value: unknown): Answer {
  return (question) =>
    replies({ headers: usualHeaders(question), body: JSON.stringify(value, undefined, 2) })(question);
}

function chargedBody(question: Question, body: string, charge: Charge): readonly Move[] {
  const bytes = Buffer.from(body);
  const headers = { ...usualHeaders(question), 'content-length': String(bytes.length) };
  return [
    { do: 'head', status: 200, headers, isCharged: true },
    { do: 'write', bytes, label: 'body', charge, isFinal: true },
    { do: 'end' },
  ];
}

function streamMoves(message: Message, question: Question): readonly Move[] {
  const chunks = encodeStream(message);
  const isArray = !isSse(question);
  return [
    {
      do: 'head',
      status: 200,
      headers: isArray ? usualHeaders(question) : streamHeaders(question),
      isCharged: true,
    },
    ...chunks.map((chunk, index) => writeChunk(chunk, isArray ? arrayText(chunk, index, chunks.length) : undefined)),
    { do: 'end' },
  ];
}

function writeChunk({ label, text, charge }: Chunk, arrayForm: string | undefined): Move {
  const bytes = Buffer.from(arrayForm ?? `data: ${text}\r\n\r\n`);
  return { do: 'write', bytes, label, charge, isFinal: label === 'message_stop' };
}

function arrayText({ text }: Chunk, index: number, count: number): string {
  return `${index === 0 ? '[' : ',\r\n'}${text}\n${index === count - 1 ? ']\n' : ''}`;
}

function streamHeaders(question: Question): WireHeaders {
  return { ...usualHeaders(question), 'content-type': 'text/event-stream', 'content-disposition': 'attachment' };
}

/** The headers of every answer of the real API; only the id is ours, by which the ledger is compared with a relay's rows. */
function usualHeaders({ request }: Question): WireHeaders {
  return {
    'content-type': 'application/json; charset=UTF-8',
    'x-request-id': request.id,
    vary: 'Origin, X-Origin, Referer',
    'server-timing': 'gfet4t7; dur=12',
    'x-content-type-options': 'nosniff',
  };
}
