import {
  type ColumnNode,
  createQueryId,
  type InsertQueryNode,
  type Kysely,
  type OperationNode,
  PrimitiveValueListNode,
  type QueryResult,
  type RootOperationNode,
  sql,
  TableNode,
  ValueListNode,
  ValueNode,
  ValuesNode,
  type WhereNode,
} from 'kysely';
import { newId } from '../domain/ids.ts';
import type { AuditedChange } from './audit-scope.ts';
import { type AuditedTable, auditedTables, howShown, isQuiet, quietTables, type Shown } from './audited-tables.ts';
import type { Schema } from './schema.ts';
import type { Statement } from './store.ts';

type Fields = Record<string, unknown>;
type Rows = readonly Fields[];
/** Statements in the order they are to run in; the one who runs them answers each one's result. */
export type Steps = Generator<Statement, QueryResult<unknown>[], QueryResult<unknown>>;

interface Target {
  readonly table: keyof Schema & string;
  readonly audited: AuditedTable;
  readonly ids: ReadonlySet<string>;
}

interface Touched {
  readonly kind: string;
  readonly object: string;
  before: Fields | undefined;
  after: Fields | undefined;
}

/**
 * One transaction: what the touched rows were, the change, what they are now, and the record of both. Works on whatever a
 * repository writes, because Kysely's statements say which rows they are about.
 */
export function* auditedSteps(db: Kysely<Schema>, change: AuditedChange, statements: readonly Statement[]): Steps {
  const targets: Target[] = [];
  const others = new Set<string>();
  for (const { query } of statements) {
    const table = query && tableOf(query);
    const audited = table === undefined ? undefined : auditedTables[table];
    if (query && table !== undefined && audited) targets.push(yield* targetOf(db, query, { table, audited }));
    else if (table === undefined || !quietTables.has(table)) others.add(table ?? 'database');
  }
  const before = yield* snapshot(db, targets);
  const results: QueryResult<unknown>[] = [];
  for (const statement of statements) results.push(yield statement);
  const touched = compare(before, yield* snapshot(db, targets));
  const named = touched.length > 0 ? touched : [...others].map((table) => ({ ...nothing, kind: table }));
  for (const one of named) yield recordStatement(db, change, one);
  return results;
}

const nothing = { object: '', before: undefined, after: undefined };

export function isChange(query: RootOperationNode): boolean {
  return tableOf(query) !== undefined;
}

/** Undefined for what changes no table. */
function tableOf(query: RootOperationNode): (keyof Schema & string) | undefined {
  const node = tableNodeOf(query);
  // The schema's own names are the only ones that repositories can write to.
  return node && TableNode.is(node) ? (node.table.identifier.name as keyof Schema & string) : undefined;
}

function tableNodeOf(query: RootOperationNode): OperationNode | undefined {
  if (query.kind === 'InsertQueryNode') return query.into;
  if (query.kind === 'UpdateQueryNode') return query.table;
  return query.kind === 'DeleteQueryNode' ? query.from.froms[0] : undefined;
}

/** The objects that a statement is about, before it runs. */
function* targetOf(
  db: Kysely<Schema>,
  query: RootOperationNode,
  { table, audited }: Pick<Target, 'table' | 'audited'>,
): Generator<Statement, Target, QueryResult<unknown>> {
  if (query.kind === 'InsertQueryNode') return { table, audited, ids: new Set(insertedIds(query, audited.id)) };
  const where = query.kind === 'UpdateQueryNode' || query.kind === 'DeleteQueryNode' ? query.where : undefined;
  const rows = rowsOf(yield selectWhere(db, { table, columns: [audited.id] }, where));
  return { table, audited, ids: new Set(rows.map((row) => String(row[audited.id]))) };
}

function insertedIds({ columns = [], values }: InsertQueryNode, id: string): readonly string[] {
  const index = columns.findIndex(({ column }: ColumnNode) => column.name === id);
  if (index < 0 || !values || !ValuesNode.is(values)) return [];
  return values.values.map((row) => {
    if (PrimitiveValueListNode.is(row)) return String(row.values[index]);
    const value = ValueListNode.is(row) ? row.values[index] : undefined;
    return value && ValueNode.is(value) ? String(value.value) : '';
  });
}

interface Selection {
  readonly table: keyof Schema & string;
  readonly columns: readonly string[];
}

function selectWhere(db: Kysely<Schema>, { table, columns }: Selection, where: WhereNode | undefined): Statement {
  const node = db
    .selectFrom(table)
    .select(columns.map((column) => sql.ref(column).as(column)))
    .toOperationNode();
  return db.getExecutor().compileQuery(where ? { ...node, where } : node, createQueryId());
}

/** What the objects are now, as they may be shown. */
function* snapshot(
  db: Kysely<Schema>,
  targets: readonly Target[],
): Generator<Statement, ReadonlyMap<string, Seen>, QueryResult<unknown>> {
  const seen = new Map<string, Seen>();
  for (const [table, { audited, ids }] of merged(targets)) {
    const { id, columns } = audited;
    const names = Object.keys(columns);
    const found = db
      .selectFrom(table)
      .select([...new Set([id, ...names])].map((column) => sql.ref(column).as(column)))
      .where(sql.ref(id), 'in', [...ids])
      .orderBy(sql.ref(names[0] ?? id))
      .compile();
    for (const row of rowsOf(yield found)) addRow(seen, { table, audited, row });
  }
  return seen;
}

interface Seen {
  readonly kind: string;
  readonly object: string;
  readonly fields: Fields;
}

/** One question for each table, however many statements are about it. */
function merged(targets: readonly Target[]): ReadonlyMap<keyof Schema & string, Target> {
  const byTable = new Map<keyof Schema & string, Target>();
  for (const { table, audited, ids } of targets) {
    const all = new Set([...(byTable.get(table)?.ids ?? []), ...ids]);
    const loud = new Set([...all].filter((id) => !isQuiet(table, id)));
    if (loud.size > 0) byTable.set(table, { table, audited, ids: loud });
  }
  return byTable;
}

interface FoundRow {
  readonly table: string;
  readonly audited: AuditedTable;
  readonly row: Fields;
}

function addRow(seen: Map<string, Seen>, { table, audited, row }: FoundRow): void {
  const object = String(row[audited.id]);
  const name = `${audited.kind} ${object}`;
  const fields: Fields = seen.get(name)?.fields ?? {};
  seen.set(name, { kind: audited.kind, object, fields });
  const shown = Object.fromEntries(
    Object.entries(audited.columns).map(([column, how]) => [
      toCamel(column),
      show(row[column], howShown(table, object, how)),
    ]),
  );
  if (audited.listedAs === undefined) Object.assign(fields, shown);
  else fields[audited.listedAs] = [...listOf(fields[audited.listedAs]), shown];
}

/** Never leaves this file: only that it is another one than before does. */
class Secret {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

function show(value: unknown, how: Shown): unknown {
  if (value === null || value === undefined) return null;
  if (how === 'secret') return new Secret(value);
  if (how === 'flag') return Number(value) !== 0;
  return how === 'json' ? parsed(String(value)) : value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // a setting may be plain text
  }
}

/** Of an object that stays: only the fields that are different. */
function compare(before: ReadonlyMap<string, Seen>, after: ReadonlyMap<string, Seen>): Touched[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [old, now] = [before.get(name), after.get(name)];
    const { kind = '', object = '' } = old ?? now ?? {};
    const names = [...new Set([...Object.keys(old?.fields ?? {}), ...Object.keys(now?.fields ?? {})])];
    const changed = names.filter((field) => !isSame(old?.fields[field], now?.fields[field]));
    if (changed.length === 0) return [];
    const pick = (fields: Fields | undefined, secret: string) =>
      fields && Object.fromEntries(changed.map((field) => [field, toShown(fields[field], secret)]));
    return { kind, object, before: pick(old?.fields, 'secret'), after: pick(now?.fields, old ? 'changed' : 'secret') };
  });
}

function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof Secret && b instanceof Secret) return a.value === b.value;
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

function toShown(value: unknown, secret: string): unknown {
  return value instanceof Secret ? secret : (value ?? null);
}

function recordStatement(db: Kysely<Schema>, change: AuditedChange, touched: Touched): Statement {
  const { actor, action, at } = change;
  return db
    .insertInto('audit')
    .values({
      id: newId('aud', at),
      at,
      actor: actor.kind,
      actor_id: actor.id ?? null,
      address: actor.address ?? null,
      action,
      kind: touched.kind,
      object: touched.object,
      before: touched.before === undefined ? null : JSON.stringify(touched.before),
      after: touched.after === undefined ? null : JSON.stringify(touched.after),
    })
    .compile();
}

function rowsOf({ rows }: QueryResult<unknown>): Rows {
  // Asked for by name above: every row is an object of its columns.
  return rows as Rows;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function toCamel(column: string): string {
  return column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
