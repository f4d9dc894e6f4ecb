import type { Usage } from '../../domain/usage.ts';
import { member, parseJson, textMember } from '../json-value.ts';
import { modelIn, TextCount, usageOf } from '../metering.ts';
import type { MeterPhase, StreamFailure, UsageMeter } from '../protocol.ts';
import { type Frame, FrameReader, frameText } from '../sse.ts';
import { readFailure } from './failure.ts';
import { floorUsage, hasNumbers, mergeReported, type Reported, toImageUsage, toUsage } from './usage.ts';

/** Reads usage out of a stream of chat chunks, completions or images. */
export class StreamMeter implements UsageMeter {
  readonly #reader = new FrameReader((frame) => this.#take(frame));
  readonly #text: TextCount;
  #phase: MeterPhase = 'handshake';
  #failure: StreamFailure | undefined;
  #reported: Reported = {};
  #serviceTier: string | undefined;
  #model: string | undefined;
  #images = 0;

  constructor(requestBytes: number) {
    this.#text = new TextCount(requestBytes);
  }

  get phase(): MeterPhase {
    return this.#phase;
  }

  get failure(): StreamFailure | undefined {
    return this.#failure;
  }

  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
  }

  usage(): Usage {
    const usage = usageOf({
      phase: this.#phase,
      reported: this.#reportedUsage(),
      counted: this.#text,
      floor: (counted) => floorUsage(this.#reported, counted),
    });
    return { ...usage, serviceTier: this.#serviceTier, servedModel: this.#model };
  }

  #reportedUsage(): Usage | undefined {
    if (this.#images > 0) return toImageUsage(this.#reported, this.#images);
    return hasNumbers(this.#reported) ? toUsage(this.#reported, 'reported') : undefined;
  }

  #take(frame: Frame): void {
    if (this.#phase === 'ended' || this.#phase === 'error') return;
    const text = frameText(frame);
    if (text.trim() === '[DONE]') {
      this.#phase = 'ended';
      return;
    }
    const chunk = frame.isCut ? undefined : parseJson(text);
    const type = textMember(chunk, 'type') ?? frame.event;
    if (type.startsWith('image_')) this.#takeImage(type, chunk);
    else if (frame.isCut) this.#takeText(text.length, false);
    else this.#takeChunk(chunk);
  }

  /** Image streams have no `[DONE]`: the finished picture is their end, and the base64 of it is no text. */
  #takeImage(type: string, chunk: unknown): void {
    const isWhole = type.endsWith('.completed');
    this.#reported = mergeReported(this.#reported, member(chunk, 'usage'));
    this.#images += isWhole ? 1 : 0;
    this.#phase = isWhole ? 'ended' : 'content';
  }

  #takeChunk(chunk: unknown): void {
    const failure = readFailure(chunk);
    if (failure) {
      this.#phase = 'error';
      this.#failure = failure;
      return;
    }
    const usage = member(chunk, 'usage') ?? member(member(chunk, 'x_groq'), 'usage');
    this.#reported = mergeReported(this.#reported, usage);
    this.#serviceTier = textMember(chunk, 'service_tier') ?? this.#serviceTier;
    this.#model ??= modelIn(chunk);
    const choices = member(chunk, 'choices');
    if (Array.isArray(choices)) for (const choice of choices) this.#takeChoice(choice);
  }

  #takeChoice(choice: unknown): void {
    const delta = member(choice, 'delta');
    const thinking = lengthOf(delta, 'reasoning_content') || lengthOf(delta, 'reasoning');
    this.#takeText(thinking, true);
    this.#takeText(
      lengthOf(delta, 'content') + lengthOf(delta, 'refusal') + lengthOf(choice, 'text') + callLength(delta),
      false,
    );
    if (typeof member(choice, 'finish_reason') === 'string') this.#phase = 'content';
    if (member(delta, 'tool_calls') || member(delta, 'function_call') || member(delta, 'audio'))
      this.#phase = 'content';
  }

  #takeText(characters: number, isThinking: boolean): void {
    this.#text.add(characters, isThinking);
    if (characters > 0) this.#phase = 'content';
  }
}

function lengthOf(value: unknown, name: string): number {
  return textMember(value, name)?.length ?? 0;
}

function callLength(delta: unknown): number {
  const calls = member(delta, 'tool_calls');
  const lengths = (Array.isArray(calls) ? calls : []).map(
    (call: unknown) => lengthOf(member(call, 'function'), 'arguments') + lengthOf(member(call, 'custom'), 'input'),
  );
  return lengths.reduce((sum, length) => sum + length, lengthOf(member(delta, 'function_call'), 'arguments'));
}
