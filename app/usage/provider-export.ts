import { parse } from 'csv-parse/sync';
import { modelNames } from '../domain/model-names.ts';
import type { UsageSums } from './summary.ts';

/** The numbers that a vendor's export and our sums can both have. Undefined: the export does not tell it. */
export type ExportedSums = { readonly [Field in ComparedField]?: number | undefined };

export const comparedFields = [
  'calls',
  'inputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'outputTokens',
  'costNanoUsd',
] as const;
export type ComparedField = (typeof comparedFields)[number];

/** What a vendor counted for one model on one UTC day. */
export interface ExportedDay {
  /** `2026-11-23`. */
  readonly day: string;
  readonly model: string;
  readonly sums: ExportedSums;
}

/** The file is not one that we can read; the message is for people. */
export class UnreadableExport extends Error {}

/** Column names of Anthropic's and OpenAI's exports, and of relays', for each thing that we compare. */
const columnNames = {
  day: [
    'usage_date_utc',
    'date',
    'day',
    'usage_date',
    'start_time_iso',
    'start_time',
    'starting_at',
    'timestamp',
    'startedat',
  ],
  model: ['model_version', 'model', 'model_name', 'model_id'],
  calls: ['num_model_requests', 'num_requests', 'requests', 'request_count', 'calls'],
  uncached: ['usage_input_tokens_no_cache', 'uncached_input_tokens', 'inputtokens'],
  /** Including what came from the cache. */
  input: ['input_tokens', 'n_context_tokens_total', 'prompt_tokens'],
  cacheRead: [
    'usage_input_tokens_cache_read',
    'cache_read_input_tokens',
    'input_cached_tokens',
    'cached_input_tokens',
    'cachereadtokens',
  ],
  cacheWrite5m: ['usage_input_tokens_cache_write_5m', 'cachewrite5mtokens'],
  cacheWrite1h: ['usage_input_tokens_cache_write_1h', 'cachewrite1htokens'],
  cacheWrite: ['usage_input_tokens_cache_write', 'cache_creation_input_tokens', 'input_cache_write_tokens'],
  output: ['usage_output_tokens', 'output_tokens', 'n_generated_tokens_total', 'completion_tokens', 'outputtokens'],
  cost: ['cost_usd', 'amount_usd', 'amount_value', 'cost'],
} as const;
type Column = keyof typeof columnNames;
const allColumns = Object.keys(columnNames).filter((name): name is Column => name in columnNames);

type Line = Readonly<Record<string, string>>;

/** Reads a vendor's CSV export. Throws `UnreadableExport`. */
export function readExport(text: string): readonly ExportedDay[] {
  const lines = parseLines(text);
  const columns = columnsOf(lines);
  const days = new Map<string, ExportedDay>();
  for (const [index, line] of lines.entries()) {
    const read = toDay(new Fields(line, columns, index + 2));
    const name = `${read.day} ${read.model}`;
    const known = days.get(name);
    days.set(name, known ? { ...known, sums: added(known.sums, read.sums) } : read);
  }
  return [...days.values()];
}

/** Our sums in the export's terms. */
export function comparable(sums: UsageSums): Readonly<Record<ComparedField, number>> {
  const { calls, inputTokens, cacheReadTokens, outputTokens, costNanoUsd } = sums;
  const cacheWriteTokens = sums.cacheWrite5mTokens + sums.cacheWrite1hTokens;
  return { calls, inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, costNanoUsd };
}

/** Vendors name dated models where clients use the short name: the most general name is what both share. */
export function comparedModel(model: string): string {
  return modelNames(model.trim()).at(-1) ?? model;
}

function parseLines(text: string): readonly Line[] {
  try {
    const lines: Line[] = parse(text, {
      bom: true,
      columns: (names: string[]) => names.map((name) => name.trim().toLowerCase().replaceAll(' ', '_')),
      skip_empty_lines: true,
      trim: true,
    });
    return lines;
  } catch (error) {
    throw new UnreadableExport(`The file is not CSV: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function columnsOf(lines: readonly Line[]): ReadonlyMap<Column, string> {
  const present = Object.keys(lines[0] ?? {});
  const columns = new Map<Column, string>();
  for (const column of allColumns) {
    const name = columnNames[column].find((candidate) => present.includes(candidate));
    if (name !== undefined) columns.set(column, name);
  }
  if (!columns.has('day') || !columns.has('model') || columns.size < 3) {
    throw new UnreadableExport(
      'The file needs a column for the day, one for the model and one with numbers, as the usage exports of Anthropic and OpenAI have them. ' +
        `It has: ${present.join(', ') || 'nothing'}.`,
    );
  }
  return columns;
}

/** One line, read by what its columns mean. */
class Fields {
  readonly #line: Line;
  readonly #columns: ReadonlyMap<Column, string>;
  readonly #number: number;

  constructor(line: Line, columns: ReadonlyMap<Column, string>, number: number) {
    this.#line = line;
    this.#columns = columns;
    this.#number = number;
  }

  text(column: Column): string {
    return this.#line[this.#columns.get(column) ?? ''] ?? '';
  }

  /** Undefined when the file has no such column; an empty cell is nothing. */
  number(column: Column): number | undefined {
    if (!this.#columns.has(column)) return undefined;
    const text = this.text(column).replace(/^\$/, '').replaceAll(',', '');
    const value = text === '' ? 0 : Number(text);
    if (Number.isFinite(value)) return value;
    throw new UnreadableExport(`Line ${this.#number}: ${this.#columns.get(column)} is no number.`);
  }

  day(): string {
    const text = this.text('day');
    // OpenAI's buckets begin at a second since the epoch.
    const moment = /^\d{9,11}$/.test(text)
      ? Number(text) * 1_000
      : Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00Z` : text);
    if (Number.isFinite(moment)) return new Date(moment).toISOString().slice(0, 10);
    throw new UnreadableExport(`Line ${this.#number}: ${this.#columns.get('day')} is no date.`);
  }
}

function toDay(fields: Fields): ExportedDay {
  const cacheReadTokens = fields.number('cacheRead');
  const input = fields.number('input');
  const writes = [fields.number('cacheWrite5m'), fields.number('cacheWrite1h'), fields.number('cacheWrite')];
  const known = writes.filter((count) => count !== undefined);
  const cost = fields.number('cost');
  return {
    day: fields.day(),
    model: comparedModel(fields.text('model')),
    sums: {
      calls: fields.number('calls'),
      inputTokens: fields.number('uncached') ?? (input === undefined ? undefined : input - (cacheReadTokens ?? 0)),
      cacheReadTokens,
      cacheWriteTokens: known.length === 0 ? undefined : known.reduce((total, count) => total + count, 0),
      outputTokens: fields.number('output'),
      costNanoUsd: cost === undefined ? undefined : Math.round(cost * 1e9),
    },
  };
}

function added(a: ExportedSums, b: ExportedSums): ExportedSums {
  return Object.fromEntries(comparedFields.map((field) => [field, sumOf(a[field], b[field])]));
}

function sumOf(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
}
