import type { Envelope } from './envelope.ts';
import { replaceMembers } from './json-members.ts';
import { scanObject } from './json-scan.ts';
import { parseSmall } from './read-facts.ts';

/** For a platform whose path names the model, as Azure's does: its clients may leave it out of the body or send a blank. */
export function modelOfPath(model: string): Envelope {
  return { open: (body) => ({ body: withModel(body, model) }) };
}

/** The very same bytes when they name it already. */
function withModel(body: Buffer, model: string): Buffer {
  const fields = scanObject(body);
  if (parseSmall(body, fields.get('model')) === model) return body;
  return replaceMembers(body, fields, { without: modelField, first: [`"model":${JSON.stringify(model)}`] });
}

const modelField: ReadonlySet<string> = new Set(['model']);
