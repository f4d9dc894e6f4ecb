import { RelayError } from '../../domain/errors.ts';
import type { RouteId } from '../protocol.ts';

/** What a Code Assist path asks for. Unlike on the Gemini API, the model stands in the body. */
export interface AssistTarget {
  readonly route: Extract<RouteId, `assist-${string}`>;
  /** Such as `streamGenerateContent`; empty for an operation that is looked at. */
  readonly verb: string;
  readonly isStream: boolean;
  /** With its question mark, or empty. */
  readonly query: string;
}

/** What stands behind `/v1internal:`. */
export const assistVerbs: ReadonlyMap<string, AssistTarget['route']> = new Map([
  ['generateContent', 'assist-generate'],
  ['streamGenerateContent', 'assist-generate'],
  ['countTokens', 'assist-count'],
  ['loadCodeAssist', 'assist-control'],
  ['onboardUser', 'assist-control'],
  ['retrieveUserQuota', 'assist-control'],
  ['listExperiments', 'assist-control'],
  ['fetchAdminControls', 'assist-control'],
  ['recordCodeAssistMetrics', 'assist-control'],
]);

const shape = /^\/v1internal:([A-Za-z]{1,40})(\?.*)?$/;
const operationShape = /^\/v1internal\/operations\/[\w.-]{1,200}(\?.*)?$/;

/** Undefined for a path that is none of Code Assist's. */
export function readAssistTarget(path: string): AssistTarget | undefined {
  const operation = operationShape.exec(path);
  if (operation) return { route: 'assist-control', verb: '', isStream: false, query: operation[1] ?? '' };
  const [, verb = '', query = ''] = shape.exec(path) ?? [];
  const route = assistVerbs.get(verb);
  return route && { route, verb, isStream: verb === 'streamGenerateContent', query };
}

export function requireAssistTarget(path: string): AssistTarget {
  const target = readAssistTarget(path);
  if (target) return target;
  throw new RelayError('request-invalid', 'The path names nothing that Code Assist has. Send /v1internal:<method>.');
}

/** Where Code Assist is asked for an answer. */
export function assistPath(verb: string, isSse = false): string {
  return `/v1internal:${verb}${isSse ? '?alt=sse' : ''}`;
}
