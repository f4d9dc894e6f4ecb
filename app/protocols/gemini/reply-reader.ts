import { hash } from 'node:crypto';
import type { StreamEvent } from '../../domain/conversation.ts';
import type { Json } from '../../domain/json.ts';
import { noUsage } from '../../domain/usage.ts';
import { member, textMember } from '../json-value.ts';
import { blockReasonOf, candidateOf, failureOf, finishReasonOf, partsOf } from './chunk.ts';
import { isFailure, toEndReason } from './finish.ts';
import { hasNumbers, mergeReported, type Reported, toUsage } from './usage.ts';

/** What stands beside a candidate's content and says something of it; no other protocol has a word for it. */
const remarks = [
  'citationMetadata',
  'groundingMetadata',
  'urlContextMetadata',
  'safetyRatings',
  'logprobsResult',
] as const;

/** Ids of some other protocols are no longer than 40 characters. */
const maxIdLength = 28;

/** Turns response objects into events; a whole answer is a stream of one. */
export class ReplyReader {
  #isStarted = false;
  #open: 'text' | 'reasoning' | undefined;
  #index = -1;
  #id = '';
  #calls = 0;
  #reported: Reported = {};
  #endReason: string | undefined;
  #endMessage = '';
  #isBlocked = false;
  #isFailed = false;

  take(chunk: unknown): StreamEvent[] {
    if (this.#isFailed) return [];
    const failure = failureOf(chunk);
    if (failure) return this.#fail(failure.type, failure.message);
    if (!isAnswer(chunk)) return [];
    const candidate = candidateOf(chunk);
    const start = this.#isStarted ? [] : this.#start(chunk);
    this.#reported = mergeReported(this.#reported, chunk);
    if (start.length > 0 && hasNumbers(this.#reported)) start.push(this.#usage());
    this.#endReason = finishReasonOf(chunk) ?? this.#endReason;
    this.#endMessage = textMember(candidate, 'finishMessage') ?? this.#endMessage;
    this.#isBlocked ||= blockReasonOf(chunk) !== undefined;
    return [...start, ...partsOf(candidate).flatMap((part) => this.#takePart(part)), ...remarksOf(candidate)];
  }

  /** The answer has ended: nothing more comes. */
  finish(): StreamEvent[] {
    if (this.#isFailed) return [];
    const closed = this.#close();
    if (this.#endReason === undefined && !this.#isBlocked) {
      return [...closed, ...this.#fail('INTERNAL', 'The answer broke off before its end.')];
    }
    if (this.#endReason !== undefined && isFailure(this.#endReason)) {
      return [
        ...closed,
        this.#usage(),
        ...this.#fail(this.#endReason, this.#endMessage || 'The model made no usable answer.'),
      ];
    }
    const reason = this.#endReason === undefined ? 'content-filter' : toEndReason(this.#endReason, this.#calls > 0);
    return [...closed, this.#usage(), { kind: 'response-end', reason }];
  }

  #start(chunk: unknown): StreamEvent[] {
    this.#isStarted = true;
    this.#id = textMember(chunk, 'responseId') ?? hash('sha256', JSON.stringify(chunk)).slice(0, maxIdLength);
    return [{ kind: 'response-start', id: this.#id, model: textMember(chunk, 'modelVersion') ?? '' }];
  }

  #fail(type: string, message: string): StreamEvent[] {
    this.#isFailed = true;
    return [{ kind: 'error', type, message }];
  }

  #usage(): StreamEvent {
    return { kind: 'usage', usage: hasNumbers(this.#reported) ? toUsage(this.#reported, 'reported') : noUsage };
  }

  #takePart(part: unknown): StreamEvent[] {
    const text = textMember(part, 'text');
    if (text !== undefined) return this.#takeText(text, part);
    const call = member(part, 'functionCall');
    if (call !== undefined && member(call, 'partialArgs') === undefined) return this.#takeCall(call, part);
    return [...this.#close(), unknownPart(part)];
  }

  #takeText(text: string, part: unknown): StreamEvent[] {
    const signature = textMember(part, 'thoughtSignature');
    if (member(part, 'thought') === true) {
      const events = text === '' && signature === undefined ? [] : this.#ensure('reasoning');
      if (text !== '') events.push({ kind: 'reasoning-delta', index: this.#index, text });
      return signature === undefined ? events : [...events, ...this.#sign(signature)];
    }
    const events = text === '' ? [] : this.#ensure('text');
    if (text !== '') events.push({ kind: 'text-delta', index: this.#index, text });
    // A signature behind text is carried by reasoning of its own, sealed.
    return signature === undefined
      ? events
      : [...events, ...this.#close(), ...this.#ensure('reasoning'), ...this.#sign(signature)];
  }

  #takeCall(call: unknown, part: unknown): StreamEvent[] {
    const closed = this.#close();
    this.#index += 1;
    this.#calls += 1;
    const index = this.#index;
    const value = textMember(part, 'thoughtSignature');
    const callId = textMember(call, 'id') ?? this.#makeId();
    const name = textMember(call, 'name') ?? '';
    return [
      ...closed,
      {
        kind: 'tool-call-start',
        index,
        callId,
        name,
        ...(value !== undefined && { signature: { protocol: 'gemini', value } }),
      },
      { kind: 'tool-call-delta', index, text: JSON.stringify(member(call, 'args') ?? {}) },
      { kind: 'part-end', index },
    ];
  }

  /** From the answer's id, so that calls of different answers in one conversation stay apart. */
  #makeId(): string {
    const id = this.#id.replace(/[^A-Za-z0-9_-]/g, '').slice(0, maxIdLength);
    return `call_${id}_${this.#calls}`;
  }

  #sign(value: string): StreamEvent[] {
    return [
      { kind: 'reasoning-signature', index: this.#index, signature: { protocol: 'gemini', value } },
      ...this.#close(),
    ];
  }

  #ensure(kind: 'text' | 'reasoning'): StreamEvent[] {
    if (this.#open === kind) return [];
    const closed = this.#close();
    this.#open = kind;
    this.#index += 1;
    const index = this.#index;
    return [
      ...closed,
      kind === 'text' ? { kind: 'text-start', index } : { kind: 'reasoning-start', index, isSummary: true },
    ];
  }

  #close(): StreamEvent[] {
    if (this.#open === undefined) return [];
    this.#open = undefined;
    return [{ kind: 'part-end', index: this.#index }];
  }
}

function isAnswer(chunk: unknown): boolean {
  return ['candidates', 'promptFeedback', 'usageMetadata'].some((name) => member(chunk, name) !== undefined);
}

function remarksOf(candidate: unknown): StreamEvent[] {
  return remarks.flatMap((name) => {
    const value = member(candidate, name);
    return value === undefined ? [] : [extraOf(`candidates[0].${name}`, value, true)];
  });
}

/** A picture, code that Google ran and its result: nothing that another protocol can say here. */
function unknownPart(part: unknown): StreamEvent {
  const [name = 'unknown'] = Object.keys(typeof part === 'object' && part !== null ? part : {});
  return extraOf(`candidates[0].content.parts.${name}`, part, false);
}

function extraOf(field: string, value: unknown, mayDrop: boolean): StreamEvent {
  return { kind: 'extra', extra: { protocol: 'gemini', field, value: toJson(value), mayDrop } };
}

function toJson(value: unknown): Json {
  const copy: Json = JSON.parse(JSON.stringify(value ?? null));
  return copy;
}
