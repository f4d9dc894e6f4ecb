import type { Price, PriceTable } from './prices.ts';

export interface PriceChange {
  readonly model: string;
  /** Such as `input` or `longContext.output`. */
  readonly field: string;
  readonly before: number | null;
  readonly after: number | null;
  /** Undefined where one of them is missing or nothing. */
  readonly percent?: number | undefined;
  /** Why somebody had better look twice. */
  readonly suspicion?: string | undefined;
}

/** What a newer table would change. */
export interface PriceDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly PriceChange[];
  /** Sentences for people; empty when nothing looks wrong. */
  readonly suspicions: readonly string[];
}

/** Vendors rarely change a price by more than this at once. */
const usualFactor = 2;
/** More than this share of the models does not change or go at once. */
const usualShare = 0.5;

export function priceDiff(before: PriceTable, after: PriceTable): PriceDiff {
  const [had, has] = [new Set(before.models), new Set(after.models)];
  const added = after.models.filter((model) => !had.has(model));
  const removed = before.models.filter((model) => !has.has(model));
  const common = before.models.filter((model) => has.has(model));
  const changed = common.flatMap((model) => changesOf(model, before.find(model), after.find(model)));
  return { added, removed, changed, suspicions: suspicionsOf({ before, added, removed, changed, after }) };
}

function changesOf(model: string, before: Price | undefined, after: Price | undefined): PriceChange[] {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((field) => {
    const [one, other] = [was.get(field) ?? null, is.get(field) ?? null];
    if (one === other) return [];
    const percent = one && other ? Math.round((other / one - 1) * 1_000) / 10 : undefined;
    return [{ model, field, before: one, after: other, percent, suspicion: suspicionOf(one, other) }];
  });
}

function suspicionOf(before: number | null, after: number | null): string | undefined {
  if (after === null) return 'has no price any more';
  if (after === 0) return 'costs nothing any more';
  if (before === null || before === 0) return undefined;
  if (after >= before * usualFactor) return `costs ${round(after / before)} times as much`;
  return after * usualFactor <= before ? `costs ${round(before / after)} times less` : undefined;
}

interface Compared extends Omit<PriceDiff, 'suspicions'> {
  readonly before: PriceTable;
  readonly after: PriceTable;
}

function suspicionsOf({ before, after, added, removed, changed }: Compared): string[] {
  const models = new Set(changed.map(({ model }) => model));
  const touched = models.size + removed.length;
  const zero = added.filter((model) => after.find(model)?.output === 0 && after.find(model)?.input === 0);
  return [
    ...changed.flatMap((one) => (one.suspicion === undefined ? [] : [`${one.model}: ${one.field} ${one.suspicion}`])),
    ...(removed.length > 0 ? [`the prices of ${removed.join(', ')} go`] : []),
    ...zero.map((model) => `${model} costs nothing`),
    ...(touched > 2 && touched > before.models.length * usualShare
      ? [`${touched} of ${before.models.length} models change at once`]
      : []),
  ];
}

/** Every figure of a price under a flat name. */
function fieldsOf(price: Price | undefined): ReadonlyMap<string, number> {
  if (!price) return new Map();
  const { longContext, toolRequests, serviceTierPercent, ...rest } = price;
  const parts: readonly (readonly [start: string, fields: object])[] = [
    ['', rest],
    ['longContext.', longContext ?? {}],
    ['toolRequests.', toolRequests],
    ['serviceTierPercent.', Object.fromEntries(serviceTierPercent)],
  ];
  return new Map(parts.flatMap(([start, fields]) => numbersOf(fields).map(([name, value]) => [start + name, value])));
}

function numbersOf(fields: object): (readonly [name: string, value: number])[] {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(fields);
  return entries.flatMap(([name, value]) => (typeof value === 'number' ? [[name, value] as const] : []));
}

function round(factor: number): number {
  return Math.round(factor * 10) / 10;
}
