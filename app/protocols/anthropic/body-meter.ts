import type { Headers } from '../../domain/headers.ts';
import { noUsage, type Usage } from '../../domain/usage.ts';
import { member, textMember } from '../json-value.ts';
import { modelIn } from '../metering.ts';
import type { MeterPhase, StreamFailure, UsageMeter } from '../protocol.ts';
import { readValues, WholeBody } from '../whole-body.ts';
import { readFailure } from './failure.ts';
import { differs, readMetricHeaders } from './invocation-metrics.ts';
import { floorUsage, hasNumbers, mergeReported, toUsage } from './usage.ts';

/** Reads usage out of an answer that is one JSON document. */
export class BodyMeter implements UsageMeter {
  readonly #requestBytes: number;
  readonly #headers: Headers | undefined;
  readonly #body = new WholeBody(readValues);

  constructor(requestBytes: number, headers?: Headers) {
    this.#requestBytes = requestBytes;
    this.#headers = headers;
  }

  get phase(): MeterPhase {
    return this.#body.phaseOf(this);
  }

  get failure(): StreamFailure | undefined {
    const document = this.#body.document;
    return textMember(document, 'type') === 'error' ? readFailure(document) : undefined;
  }

  get stateIds(): readonly string[] {
    const id = textMember(member(this.#body.document, 'container'), 'id');
    return id === undefined ? [] : [id];
  }

  push(chunk: Uint8Array): void {
    this.#body.push(chunk);
  }

  usage(): Usage {
    const document = this.#body.document;
    const reported = mergeReported({}, member(document, 'usage'));
    if (hasNumbers(reported)) {
      const metrics = readMetricHeaders(this.#headers);
      const anomalies: Usage['anomalies'] = metrics && differs(reported, metrics) ? ['reports-differ'] : undefined;
      return { ...toUsage(reported, 'reported'), servedModel: modelIn(document), anomalies };
    }
    // Token counts and model lists are whole documents that consume nothing.
    if (document !== undefined && textMember(document, 'type') !== 'message') return noUsage;
    return floorUsage(reported, {
      requestBytes: this.#requestBytes,
      characters: this.#body.length,
      thinkingCharacters: 0,
    });
  }
}
