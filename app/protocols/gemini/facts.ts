import type { RequestFacts } from '../../domain/facts.ts';
import { scanObject } from '../json-scan.ts';
import { readAssistTarget } from './assist-path.ts';
import { readAssistFacts } from './assist-request.ts';
import { readContent } from './content-facts.ts';
import { requireTarget } from './path.ts';

/** Model and verb come from the path; the body is only checked and looked into. In Code Assist's wrapper it names the model. */
export function readFacts(body: Uint8Array, path: string): RequestFacts {
  const assist = readAssistTarget(path);
  if (assist) return readAssistFacts(body, assist);
  const { model, isStream } = requireTarget(path);
  return { model, modelSpan: undefined, isStream, bodySessionId: undefined, ...readContent(body, scanObject(body)) };
}
