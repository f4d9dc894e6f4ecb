import type { Span } from '../../domain/facts.ts';
import { noUsage, type Usage } from '../../domain/usage.ts';
import { parseSpan, scanObject } from '../json-scan.ts';
import { member, parseJson } from '../json-value.ts';
import { modelIn } from '../metering.ts';
import type { MeterPhase, StreamFailure, UsageMeter } from '../protocol.ts';
import { WholeBody } from '../whole-body.ts';
import { readFailure } from './failure.ts';
import { floorUsage, hasNumbers, mergeReported, type Reported, toImageUsage, toUsage } from './usage.ts';

/** Answers that are too long to keep, many pictures or embeddings, have their usage at the end. */
const tailBytes = 4_096;

/** Reads usage out of an answer that is one JSON document. Embeddings are long: nothing but small fields is parsed. */
export class BodyMeter implements UsageMeter {
  readonly #requestBytes: number;
  readonly #body = new WholeBody(scan);
  #tail: Buffer = Buffer.alloc(0);

  constructor(requestBytes: number) {
    this.#requestBytes = requestBytes;
  }

  get phase(): MeterPhase {
    return this.#body.phaseOf(this);
  }

  get failure(): StreamFailure | undefined {
    return readFailure({ error: this.#field('error'), object: this.#field('object'), message: this.#field('message') });
  }

  push(chunk: Uint8Array): void {
    this.#body.push(chunk);
    if (this.#body.isTooLong) this.#tail = Buffer.concat([this.#tail, chunk.subarray(-tailBytes)]).subarray(-tailBytes);
  }

  usage(): Usage {
    const isLong = this.#body.isTooLong;
    const reported = mergeReported({}, isLong ? this.#usageAtEnd() : this.#field('usage'));
    const images = this.#countImages();
    if (hasNumbers(reported) || images > 0) return this.#reportedUsage(reported, images);
    const fields = this.#body.document;
    // Model lists are whole documents that consumed no tokens.
    if (fields && !fields.has('choices') && !this.#isEmbedding()) return noUsage;
    const hasText = !isLong && !this.#isEmbedding();
    return floorUsage(reported, {
      requestBytes: this.#requestBytes,
      characters: hasText ? this.#body.length : 0,
      thinkingCharacters: 0,
    });
  }

  #reportedUsage(reported: Reported, images: number): Usage {
    const usage = images > 0 ? toImageUsage(reported, images) : toUsage(reported, 'reported');
    const tier = this.#field('service_tier');
    const serviceTier = typeof tier === 'string' ? tier : undefined;
    return { ...usage, serviceTier, servedModel: modelIn({ model: this.#field('model') }) };
  }

  #isEmbedding(): boolean {
    return this.#data()?.includes('"embedding"') ?? false;
  }

  /** A picture is its bytes or its address; one that is described twice is still one. */
  #countImages(): number {
    const data = this.#data();
    return data === undefined ? 0 : Math.max(countNames(data, 'b64_json'), countNames(data, 'url'));
  }

  #data(): Buffer | undefined {
    const span = this.#body.document?.get('data');
    return span && this.#body.view().subarray(span.start, span.end);
  }

  #field(name: string): unknown {
    const span = this.#body.document?.get(name);
    return span && parseSpan(this.#body.view(), span);
  }

  /** From the last `"usage"` on, the rest of the document is a document again. */
  #usageAtEnd(): unknown {
    const text = this.#tail.toString();
    const at = text.lastIndexOf('"usage"');
    return at === -1 ? undefined : member(parseJson(`{${text.slice(at)}`), 'usage');
  }
}

const backslash = 0x5c;

/** How often a field of this name has a text, without parsing megabytes; a quoted name inside a text has a backslash. */
function countNames(json: Buffer, name: string): number {
  const mark = `"${name}"`;
  let count = 0;
  for (let at = json.indexOf(mark); at !== -1; at = json.indexOf(mark, at + mark.length)) {
    const isText = /^\s*:\s*"/.test(json.toString('latin1', at + mark.length, at + mark.length + 16));
    if (isText && json[at - 1] !== backslash) count += 1;
  }
  return count;
}

function scan(body: Uint8Array): ReadonlyMap<string, Span> | undefined {
  try {
    return scanObject(body);
  } catch {
    return undefined; // not whole, or not JSON: the phase says so
  }
}
