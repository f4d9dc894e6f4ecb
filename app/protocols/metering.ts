import { noUsage, type Usage, type UsageAnomaly } from '../domain/usage.ts';
import { member, textMember } from './json-value.ts';
import type { MeterPhase } from './protocol.ts';

// What the meters of all protocols do alike: read counts that nobody promised, and make a floor of what was seen.

/** Counted by us, for a floor when the upstream's own numbers are missing. */
export interface Counted {
  readonly requestBytes: number;
  readonly characters: number;
  readonly thinkingCharacters: number;
}

/** The text of one stream, as its meter counts it. */
export class TextCount implements Counted {
  readonly requestBytes: number;
  #characters = 0;
  #thinkingCharacters = 0;

  constructor(requestBytes: number) {
    this.requestBytes = requestBytes;
  }

  get characters(): number {
    return this.#characters;
  }

  get thinkingCharacters(): number {
    return this.#thinkingCharacters;
  }

  add(characters: number, isThinking: boolean): void {
    this.#characters += characters;
    if (isThinking) this.#thinkingCharacters += characters;
  }
}

/** Where a stream's numbers stand. */
export interface Seen {
  readonly phase: MeterPhase;
  /** What the upstream has reported so far; undefined while it reported nothing. */
  readonly reported: Usage | undefined;
  readonly counted: Counted;
  /** The least that was consumed; made only when it is needed. */
  floor(counted: Counted): Usage;
}

const charactersPerToken = 4;
/** An input that nobody reported is never estimated above the usual context window: pictures are large and cheap. */
const maxEstimatedInput = 200_000;
const maxModelLength = 200;

/** A count that may be believed; undefined for everything else. */
export function countIn(value: unknown, name: string): number | undefined {
  const count = member(value, name);
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

/** The name of the model that answers; clouds send an empty one before it is known. */
export function modelIn(value: unknown, name = 'model'): string | undefined {
  const model = textMember(value, name);
  return model === undefined || model === '' || model.length > maxModelLength ? undefined : model;
}

/** `total` without its parts, which never gets below zero: then the numbers of the upstream do not add up. */
export function without(total: number, ...parts: readonly number[]): { rest: number; anomalies?: UsageAnomaly[] } {
  const rest = parts.reduce((left, part) => left - part, total);
  return rest < 0 ? { rest: 0, anomalies: ['part-exceeds-total'] } : { rest };
}

/** The least that was consumed by an answer without its natural end or without numbers. */
export function floorOf(known: Usage, isInputReported: boolean, counted: Counted): Usage {
  const outputTokens = Math.max(known.outputTokens, tokensOf(counted.characters));
  const thinking = Math.max(known.thinkingTokens, tokensOf(counted.thinkingCharacters));
  return {
    ...known,
    basis: 'estimated',
    inputTokens: isInputReported ? known.inputTokens : Math.min(tokensOf(counted.requestBytes), maxEstimatedInput),
    outputTokens,
    thinkingTokens: Math.min(thinking, outputTokens),
  };
}

/** The usage of a stream: its own numbers once it has ended, nothing for an error instead of an answer, else a floor. */
export function usageOf({ phase, reported, counted, floor }: Seen): Usage {
  if (phase === 'ended' && reported) return reported;
  if (phase === 'error' && !reported && counted.characters === 0) return noUsage;
  return floor(counted);
}

function tokensOf(characters: number): number {
  return Math.ceil(characters / charactersPerToken);
}
