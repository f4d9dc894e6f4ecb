import * as z from 'zod';
import { modelNames } from '../domain/model-names.ts';
import { type ToolKind, toolKinds } from '../domain/usage.ts';

/** Nano-dollars per token: 1,000 is one dollar per million tokens. What is absent or null has no known price. */
export interface UnitPrices {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite5m?: number | undefined;
  readonly cacheWrite1h?: number | undefined;
  /** Absent when it costs what other input does. */
  readonly audioInput?: number | null | undefined;
  readonly imageInput?: number | null | undefined;
  /** Absent when it costs what other tokens from the cache do. */
  readonly audioCacheRead?: number | null | undefined;
  readonly audioOutput?: number | undefined;
  readonly imageOutput?: number | undefined;
}

export interface LongContextPrices extends UnitPrices {
  /** They hold for the whole request when its prompt is larger than this. */
  readonly abovePromptTokens: number;
}

export interface Price extends UnitPrices {
  /** The table's own name of the model. */
  readonly model: string;
  readonly longContext?: LongContextPrices | undefined;
  /** Nano-dollars for each picture, of models that charge by the piece. */
  readonly image?: number | undefined;
  /** Nano-dollars per request, or per call that searched at all. */
  readonly webSearch?: number | undefined;
  readonly isWebSearchPerCall: boolean;
  readonly toolRequests: Readonly<Partial<Record<ToolKind, number>>>;
  readonly fastPercent?: number | undefined;
  readonly usOnlyPercent?: number | undefined;
  readonly serviceTierPercent: ReadonlyMap<string, number>;
  /** Version of the table it comes from. */
  readonly version: string;
  /** Where its figures were read and when. */
  readonly source: PriceSource;
}

export interface PriceSource {
  readonly from: string;
  readonly read: string;
}

export interface PriceTable {
  readonly version: string;
  readonly date: string;
  /** The table's own name of each model, newest first in its family. */
  readonly models: readonly string[];
  /** Undefined when no price is known: a cost is flagged as missing, never guessed. */
  find(model: string): Price | undefined;
}

const nanoUsd = z.number().int().nonnegative().max(1_000_000);
const perPiece = z.number().int().nonnegative().max(1_000_000_000);
const percent = z.number().int().positive().max(10_000);
const unitPrices = {
  input: nanoUsd,
  output: nanoUsd,
  cacheRead: nanoUsd.optional(),
  cacheWrite5m: nanoUsd.optional(),
  cacheWrite1h: nanoUsd.optional(),
  audioInput: nanoUsd.nullable().optional(),
  imageInput: nanoUsd.nullable().optional(),
  audioCacheRead: nanoUsd.nullable().optional(),
  audioOutput: nanoUsd.optional(),
  imageOutput: nanoUsd.optional(),
};
const serviceTierPercent = z.record(z.string(), percent);
const toolKind = z.enum(toolKinds);

/** What a price of a model may say, whoever states it. */
export const priceFields = {
  ...unitPrices,
  longContext: z.strictObject({ abovePromptTokens: z.number().int().positive(), ...unitPrices }).optional(),
  image: perPiece.optional(),
  webSearch: perPiece.optional(),
  fastPercent: percent.optional(),
  usOnlyPercent: percent.optional(),
};

const modelSchema = z.strictObject({
  id: z.string().min(1),
  aliases: z.array(z.string().min(1)).default([]),
  /** Names one of the table's sources; absent means its vendor's. */
  source: z.string().optional(),
  ...priceFields,
  isWebSearchPerCall: z.boolean().default(false),
  /** Beside those of its vendor. */
  serviceTierPercent: serviceTierPercent.default({}),
});

const vendorSchema = z.strictObject({
  id: z.string().min(1),
  source: z.string(),
  webSearch: perPiece.optional(),
  toolRequests: z.partialRecord(toolKind, perPiece).default({}),
  serviceTierPercent,
  models: z.array(modelSchema).min(1),
});

const tableSchema = z.strictObject({
  version: z.string().min(1),
  date: z.iso.date(),
  unit: z.string(),
  sources: z.record(z.string(), z.strictObject({ from: z.string().min(1), read: z.iso.date() })),
  vendors: z.array(vendorSchema).min(1),
});

type Table = z.infer<typeof tableSchema>;
type Vendor = Table['vendors'][number];

/** Model names come from clients: the memory of answers is bounded. */
const maxRemembered = 1_000;

/** Checks a price file and answers its table. Throws when it is not one or names a model twice. */
export function loadPrices(json: unknown): PriceTable {
  const table = tableSchema.parse(json);
  const byName = indexByName(table);
  const remembered = new Map<string, Price | undefined>();
  return {
    version: table.version,
    date: table.date,
    models: table.vendors.flatMap(({ models }) => models.map(({ id }) => id)),
    find(model) {
      if (remembered.has(model)) return remembered.get(model);
      if (remembered.size >= maxRemembered) remembered.clear();
      const name = modelNames(model).find((candidate) => byName.has(candidate));
      const price = name === undefined ? undefined : byName.get(name);
      remembered.set(model, price);
      return price;
    },
  };
}

function indexByName(table: Table): Map<string, Price> {
  const byName = new Map<string, Price>();
  for (const [name, price] of table.vendors.flatMap((vendor) => namesOf(table, vendor))) {
    if (byName.has(name)) throw new Error(`The price table names ${name} twice`);
    byName.set(name, price);
  }
  return byName;
}

function namesOf(table: Table, vendor: Vendor): (readonly [name: string, price: Price])[] {
  return vendor.models.flatMap((model) => {
    const price = toPrice(table, vendor, model);
    return [model.id, ...model.aliases].map((name) => [name, price] as const);
  });
}

function toPrice(table: Table, vendor: Vendor, model: Vendor['models'][number]): Price {
  const { id, aliases: _, source: own = vendor.source, serviceTierPercent: ownTiers, webSearch, ...prices } = model;
  const source = Object.hasOwn(table.sources, own) ? table.sources[own] : undefined;
  if (source === undefined) throw new Error(`The price table does not say what its source ${own} is`);
  return {
    model: id,
    ...prices,
    webSearch: webSearch ?? vendor.webSearch,
    toolRequests: vendor.toolRequests,
    serviceTierPercent: new Map([...Object.entries(vendor.serviceTierPercent), ...Object.entries(ownTiers)]),
    version: table.version,
    source,
  };
}
