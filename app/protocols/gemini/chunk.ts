import { member, textMember } from '../json-value.ts';
import type { StreamFailure } from '../protocol.ts';

// One response object, as it stands in a stream, in an array and alone. Read leniently: nothing of it is trusted.

/** What a meter looks at: the response itself, also when Code Assist's wrapper is around it. */
export function responseOf(document: unknown): unknown {
  return member(document, 'response') ?? document;
}

/** The only candidate that is ever asked for. */
export function candidateOf(chunk: unknown): unknown {
  const candidates = member(chunk, 'candidates');
  return Array.isArray(candidates)
    ? candidates.find((candidate) => (member(candidate, 'index') ?? 0) === 0)
    : undefined;
}

export function partsOf(candidate: unknown): readonly unknown[] {
  const parts = member(member(candidate, 'content'), 'parts');
  return Array.isArray(parts) ? parts : [];
}

/** Why the prompt was refused, when it was. */
export function blockReasonOf(chunk: unknown): string | undefined {
  return textMember(member(chunk, 'promptFeedback'), 'blockReason');
}

export function finishReasonOf(chunk: unknown): string | undefined {
  return textMember(candidateOf(chunk), 'finishReason');
}

/** What an error envelope says; undefined when the object is none. A status that is missing counts as the upstream's. */
export function failureOf(chunk: unknown): StreamFailure | undefined {
  const error = member(chunk, 'error');
  if (typeof error !== 'object' || error === null) return undefined;
  return { type: textMember(error, 'status') ?? 'INTERNAL', message: textMember(error, 'message') ?? '' };
}
