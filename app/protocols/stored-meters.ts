import { noUsage, type Usage } from '../domain/usage.ts';
import { member, parseJson, textMember } from './json-value.ts';
import { LineReader, type Slice } from './lines.ts';
import type { BatchResult, MeterPhase, UsageMeter } from './protocol.ts';
import { isName } from './read-facts.ts';
import { readValues, WholeBody } from './whole-body.ts';

/** Ids in an answer about something stored: its own, and those of the files a batch has written. */
const idFields = ['id', 'output_file_id', 'error_file_id'] as const;

/** Watches a JSON answer about files, batches or conversations: it costs nothing, and tells what the account now holds. */
export class StoredMeter implements UsageMeter {
  readonly failure = undefined;
  readonly #body = new WholeBody(readValues);

  get phase(): MeterPhase {
    return this.#body.phaseOf(this);
  }

  get stateIds(): readonly string[] {
    return storedIds(this.#body.document);
  }

  push(chunk: Uint8Array): void {
    this.#body.push(chunk);
  }

  usage(): Usage {
    return noUsage;
  }
}

export function storedIds(document: unknown): readonly string[] {
  return idFields.map((field) => member(document, field)).filter(isName);
}

/** Lets any bytes pass: a file's content. Whether they are all there is for the transport to say. */
export class OpaqueMeter implements UsageMeter {
  readonly phase: MeterPhase = 'ended';
  readonly mayContinue = true;
  readonly failure = undefined;

  push(_chunk: Uint8Array): void {
    // Nothing in it concerns us.
  }

  usage(): Usage {
    return noUsage;
  }
}

/** What one line of a batch's results consumed; undefined when it failed or is none. */
export type ReadResult = (line: unknown) => Omit<BatchResult, 'customId'> | undefined;

/** One result holds one whole answer. */
const maxLineBytes = 16 * 1024 * 1024;
/** Twice what vendors take in one batch. */
const maxResults = 200_000;

/** Reads what each result of a batch consumed. Fetching them is free, so it is told beside the call's own usage. */
export class BatchMeter implements UsageMeter {
  readonly phase: MeterPhase = 'ended';
  readonly mayContinue = true;
  readonly failure = undefined;
  readonly #read: ReadResult;
  readonly #lines = new LineReader((line) => this.#take(line), maxLineBytes);
  readonly #results: BatchResult[] = [];

  constructor(read: ReadResult) {
    this.#read = read;
  }

  get batchResults(): readonly BatchResult[] {
    this.#lines.push(lineEnd); // the last line needs no break of its own
    return this.#results;
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  usage(): Usage {
    return noUsage;
  }

  #take(line: Slice): void {
    if (line.start === line.end || line.isCut || this.#results.length >= maxResults) return;
    const document = parseJson(line.bytes.toString('utf8', line.start, line.end));
    const customId = textMember(document, 'custom_id');
    const result = customId === undefined ? undefined : this.#read(document);
    if (customId !== undefined && result) this.#results.push({ customId, ...result });
  }
}

const lineEnd = Buffer.from('\n');
