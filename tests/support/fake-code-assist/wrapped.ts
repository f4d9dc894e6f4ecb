import type { Answer, Question } from '../fake-anthropic/answers.ts';
import { isRecord } from '../fake-anthropic/json.ts';
import { type Move, write } from '../fake-anthropic/moves.ts';

/** An answer of the Gemini API as Code Assist gives it: the request is opened for it, and its objects are wrapped. */
export function wrapped(answer: Answer): Answer {
  return (question) =>
    answer({ ...question, body: { ...innerOf(question), model: question.body['model'] } }).map((move) =>
      wrapMove(move, question),
    );
}

export function innerOf({ body }: Question): Readonly<Record<string, unknown>> {
  return isRecord(body['request']) ? body['request'] : {};
}

function wrapMove(move: Move, { request }: Question): Move {
  if (move.do !== 'write') return move;
  const text = Buffer.from(move.bytes).toString();
  const bytes = wrapText(text, request.id);
  return bytes === text ? move : { ...move, bytes: write(bytes).bytes };
}

/** An event, an element of an array, or one body. Errors have no wrapper. */
function wrapText(text: string, traceId: string): string {
  return text.replace(/\{(?!\s*"error")[\s\S]*\}/, (object) => `{"response": ${object},"traceId": "${traceId}"}`);
}
