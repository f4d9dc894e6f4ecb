import { noUsage, type Usage } from '../../domain/usage.ts';
import { textMember } from '../json-value.ts';
import { modelIn } from '../metering.ts';
import type { MeterPhase, StreamFailure, UsageMeter } from '../protocol.ts';
import { readValues, WholeBody } from '../whole-body.ts';
import { readResponseFailure } from './failure.ts';
import { readItemIds } from './stored.ts';
import { floorUsage, readUsage } from './usage.ts';

/** Answers that consume tokens; others (deletions, item lists, token counts) are free. */
const billed: ReadonlySet<string | undefined> = new Set(['response', 'response.compaction']);

/** Reads usage out of an answer that is one JSON document. */
export class BodyMeter implements UsageMeter {
  readonly #requestBytes: number;
  readonly #body = new WholeBody(readValues);

  constructor(requestBytes: number) {
    this.#requestBytes = requestBytes;
  }

  get phase(): MeterPhase {
    return this.#body.phaseOf(this);
  }

  get failure(): StreamFailure | undefined {
    return readResponseFailure(this.#body.document);
  }

  get stateIds(): readonly string[] {
    const document = this.#body.document;
    const id = textMember(document, 'object') === 'response' ? textMember(document, 'id') : undefined;
    return id === undefined ? [] : [id, ...readItemIds(document)];
  }

  push(chunk: Uint8Array): void {
    this.#body.push(chunk);
  }

  usage(): Usage {
    const document = this.#body.document;
    const reported = readUsage(document);
    if (reported) return { ...reported, servedModel: modelIn(document) };
    if (document !== undefined && !isBilled(document)) return noUsage;
    return floorUsage({
      requestBytes: this.#requestBytes,
      characters: this.#body.length,
      thinkingCharacters: 0,
    });
  }
}

/** A response that failed or that only began (in the background) has consumed nothing that is known here. */
function isBilled(document: unknown): boolean {
  const status = textMember(document, 'status');
  const isUnderWay = status === 'queued' || status === 'in_progress';
  return billed.has(textMember(document, 'object')) && !isUnderWay && readResponseFailure(document) === undefined;
}
