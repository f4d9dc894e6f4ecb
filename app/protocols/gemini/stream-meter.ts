import type { Headers } from '../../domain/headers.ts';
import type { Usage } from '../../domain/usage.ts';
import { member, parseJson, textMember } from '../json-value.ts';
import { modelIn, TextCount, usageOf } from '../metering.ts';
import type { MeterPhase, StreamFailure, UsageMeter } from '../protocol.ts';
import { FrameReader, frameText } from '../sse.ts';
import { ArrayReader } from './array-reader.ts';
import { blockReasonOf, candidateOf, failureOf, finishReasonOf, partsOf, responseOf } from './chunk.ts';
import { floorUsage, hasNumbers, mergeReported, type Reported, tierOf, toUsage } from './usage.ts';

/** Pictures come whole in one chunk, with the usage behind them. */
const maxChunkBytes = 8_388_608;
const openBracket = 0x5b;

interface ChunkReader {
  push(chunk: Uint8Array): void;
}

/**
 * Reads usage out of a stream, as server-sent events or as an array that grows: the first byte tells which. There is no
 * closing event: an answer is whole once a chunk names a finish or block reason. Later chunks may still correct the usage.
 */
export class StreamMeter implements UsageMeter {
  /** Some models name a finish reason in every chunk, and the array's closing bracket comes last. */
  readonly mayContinue = true;
  readonly #text: TextCount;
  /** From the headers, where the last word is. */
  readonly #tier: string | undefined;
  #reader: ChunkReader | undefined;
  #array: ArrayReader | undefined;
  #phase: MeterPhase = 'handshake';
  #failure: StreamFailure | undefined;
  #isFinished = false;
  #reported: Reported = {};
  #model: string | undefined;

  constructor(requestBytes: number, headers?: Headers) {
    this.#text = new TextCount(requestBytes);
    this.#tier = tierOf(headers);
  }

  /** An array is whole with its last bracket only. */
  get phase(): MeterPhase {
    return this.#phase === 'ended' && this.#array?.isClosed === false ? 'content' : this.#phase;
  }

  get failure(): StreamFailure | undefined {
    return this.#failure;
  }

  push(chunk: Uint8Array): void {
    this.#reader ??= this.#readerFor(chunk);
    this.#reader?.push(chunk);
  }

  usage(): Usage {
    const usage = usageOf({
      phase: this.phase,
      reported: hasNumbers(this.#reported) ? toUsage(this.#reported, 'reported') : undefined,
      counted: this.#text,
      floor: (counted) => floorUsage(this.#reported, counted),
    });
    return { ...usage, servedModel: this.#model, serviceTier: this.#tier ?? usage.serviceTier };
  }

  #readerFor(chunk: Uint8Array): ChunkReader | undefined {
    const first = chunk.find((byte) => byte > 0x20);
    if (first === undefined) return undefined;
    if (first === openBracket) {
      this.#array = new ArrayReader((text, isCut) => this.#take(text, isCut), maxChunkBytes);
      return this.#array;
    }
    return new FrameReader((frame) => this.#take(frame.isCut ? '' : frameText(frame), frame.isCut), maxChunkBytes);
  }

  #take(text: string, isCut: boolean): void {
    if (this.#phase === 'error') return;
    if (isCut) {
      this.#phase = 'ended'; // too long to check: if it was not the last one, the next one says so
      return;
    }
    this.#takeChunk(responseOf(parseJson(text)));
  }

  #takeChunk(chunk: unknown): void {
    this.#failure = failureOf(chunk);
    if (this.#failure) {
      this.#phase = 'error';
      return;
    }
    this.#reported = mergeReported(this.#reported, chunk);
    this.#model ??= modelIn(chunk, 'modelVersion');
    const hasContent = this.#count(partsOf(candidateOf(chunk)));
    this.#isFinished ||= finishReasonOf(chunk) !== undefined || blockReasonOf(chunk) !== undefined;
    if (this.#isFinished) this.#phase = 'ended';
    else if (hasContent) this.#phase = 'content';
  }

  #count(parts: readonly unknown[]): boolean {
    let hasContent = false;
    for (const part of parts) {
      const text = textMember(part, 'text');
      hasContent ||= text !== '';
      this.#text.add(text?.length ?? argumentsLength(part), member(part, 'thought') === true);
    }
    return hasContent;
  }
}

function argumentsLength(part: unknown): number {
  const args = member(member(part, 'functionCall'), 'args');
  return args === undefined ? 0 : JSON.stringify(args).length;
}
