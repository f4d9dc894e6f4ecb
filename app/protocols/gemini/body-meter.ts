import type { Headers } from '../../domain/headers.ts';
import { noUsage, type Usage } from '../../domain/usage.ts';
import { member } from '../json-value.ts';
import { modelIn } from '../metering.ts';
import type { MeterPhase, StreamFailure, UsageMeter } from '../protocol.ts';
import { readValues, WholeBody } from '../whole-body.ts';
import { failureOf, responseOf } from './chunk.ts';
import { floorUsage, hasNumbers, mergeReported, tierOf, toUsage } from './usage.ts';

/** Reads usage out of an answer that is one JSON document: a whole reply, a token count, embeddings. */
export class BodyMeter implements UsageMeter {
  readonly #requestBytes: number;
  readonly #tier: string | undefined;
  readonly #body = new WholeBody((body) => responseOf(readValues(body)));

  constructor(requestBytes: number, headers?: Headers) {
    this.#requestBytes = requestBytes;
    this.#tier = tierOf(headers);
  }

  get phase(): MeterPhase {
    return this.#body.phaseOf(this);
  }

  get failure(): StreamFailure | undefined {
    return failureOf(this.#body.document);
  }

  push(chunk: Uint8Array): void {
    this.#body.push(chunk);
  }

  usage(): Usage {
    const document = this.#body.document;
    const reported = mergeReported({}, document);
    const servedModel = modelIn(document, 'modelVersion');
    if (hasNumbers(reported)) {
      return { ...toUsage({ ...reported, serviceTier: this.#tier ?? reported.serviceTier }, 'reported'), servedModel };
    }
    if (document !== undefined && !isBilled(document)) return noUsage;
    const isEmbedding = document !== undefined && member(document, 'candidates') === undefined;
    return floorUsage(reported, {
      requestBytes: this.#requestBytes,
      characters: isEmbedding ? 0 : this.#body.length,
      thinkingCharacters: 0,
    });
  }
}

/** Token counts, model lists and errors consume nothing; embeddings do, and often say no number. */
function isBilled(document: unknown): boolean {
  return ['candidates', 'embedding', 'embeddings'].some((name) => member(document, name) !== undefined);
}
