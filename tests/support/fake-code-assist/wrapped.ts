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

/** An event, an element of an array, or one body. Errors have no wrapper. */
function wrapBytes(bytes: Buffer, traceId: string): Buffer {
  const start = bytes.indexOf('{');
  const end = bytes.lastIndexOf('}') + 1;
  if (start === -1 || end === 0 || /^\{\s*"error"/.test(bytes.toString('utf8', start, start + 40))) return bytes;
  const object = bytes.subarray(start, end);
  return Buffer.concat([
    bytes.subarray(0, start),
    Buffer.from('{"response": '),
    object,
    Buffer.from(`,"traceId": "${traceId}"}`),
    bytes.subarray(end),
  ]);
}
