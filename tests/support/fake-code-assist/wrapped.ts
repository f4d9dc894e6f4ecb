import type { Answer, Question } from '../fake-anthropic/answers.ts';
import { isRecord } from '../fake-anthropic/json.ts';
import type { Move } from '../fake-anthropic/moves.ts';

/** An answer of the Gemini API as Code Assist gives it: the request is opened for it, and its objects are wrapped. */
export function wrapped(answer: Answer): Answer {
  return (question) => {
    const body = { ...innerOf(question), model: question.body['model'] };
    return answer({ ...question, body }).map((move) => wrapMove(move, question.request.id));
  };
}

export function innerOf({ body }: Question): Readonly<Record<string, unknown>> {
  return isRecord(body['request']) ? body['request'] : {};
}

function wrapMove(move: Move, traceId: string): Move {
  if (move.do === 'head') {
    const { 'content-length': length, ...headers } = move.headers;
    return move.status === 200 && length !== undefined ? { ...move, headers } : move;
  }
  return move.do === 'write' ? { ...move, bytes: Buffer.from(wrapBytes(Buffer.from(move.bytes), traceId)) } : move;
}

/** Events, an element of an array, or one body. Errors have no wrapper; what breaks off breaks off inside it. */
function wrapBytes(bytes: Buffer, traceId: string): Buffer {
  if (!bytes.includes('{')) return bytes;
  const text = bytes.toString('latin1');
  const pieces = text.startsWith('data:') ? text.split(/(?<=\r\n\r\n)/) : [text];
  return Buffer.from(pieces.map((piece) => wrapObject(piece, traceId)).join(''), 'latin1');
}

function wrapObject(text: string, traceId: string): string {
  const start = text.indexOf('{');
  const end = text.lastIndexOf('}') + 1;
  if (start === -1 || /^\{\s*"error"/.test(text.slice(start, start + 40))) return text;
  const opened = `${text.slice(0, start)}{"response": `;
  const object = text.slice(start, end);
  return isWhole(object) ? `${opened}${object},"traceId": "${traceId}"}${text.slice(end)}` : opened + text.slice(start);
}

function isWhole(object: string): boolean {
  try {
    JSON.parse(object);
    return true;
  } catch {
    return false;
  }
}
