import type { Expression, SqlBool } from 'kysely';
import * as z from 'zod';
import type { UsageBasis } from '../domain/usage.ts';
import type { Row } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { CallStatus } from './record.ts';
import { usageOfRow } from './row-usage.ts';

/** One call as it is listed, shown and exported. */
export interface UsageEntry {
  readonly requestId: string;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly firstByteMs: number | null;
  readonly keyId: string | null;
  /** Whose the key was then. */
  readonly memberId: string | null;
  readonly accountId: string | null;
  readonly protocol: string;
  readonly route: string;
  readonly model: string;
  readonly upstreamModel: string | null;
  readonly status: CallStatus;
  readonly httpStatus: number | null;
  readonly errorKind: string | null;
  readonly basis: UsageBasis;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly thinkingTokens: number;
  readonly webSearchRequests: number;
  readonly audioInputTokens: number;
  readonly audioCacheReadTokens: number;
  readonly audioOutputTokens: number;
  readonly imageInputTokens: number;
  readonly imageOutputTokens: number;
  readonly images: number;
  /** Runs of the upstream's own tools, by their kind. */
  readonly toolRequests: Readonly<Record<string, number>>;
  readonly serviceTier: string | null;
  readonly speed: string | null;
  readonly inferenceGeo: string | null;
  /** The model that the answer named, when it was another one than asked for. */
  readonly servedModel: string | null;
  /** What did not add up in the upstream's numbers. */
  readonly anomalies: readonly string[];
  /** Null when no price is known. */
  readonly costNanoUsd: number | null;
  /** What its key paid; the cost where no multiplier made another of it. */
  readonly billedNanoUsd: number | null;
  /** Of its service and its key together. */
  readonly multiplier: number;
  /** The prices that made the cost, as `AppliedPrice`; null when none is known. */
  readonly price: Readonly<Record<string, string | number | boolean>> | null;
  readonly attempts: readonly StoredAttempt[];
  /** As the scheduler explained it then; its shape may be older than the code. */
  readonly explanation: unknown;
  readonly session: string | null;
  readonly userAgent: string | null;
  readonly project: string | null;
}

export type StoredAttempt = z.infer<typeof attempt>;

export interface UsageFilter {
  readonly limit: number;
  /** From this moment on. */
  readonly since?: number | undefined;
  /** Older than this moment. */
  readonly before?: number | undefined;
  readonly keyId?: string | undefined;
  readonly memberId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly status?: CallStatus | undefined;
  readonly model?: string | undefined;
  readonly project?: string | undefined;
  readonly session?: string | undefined;
  /** Older than this call. */
  readonly after?: { readonly startedAt: number; readonly requestId: string } | undefined;
}

/** Reads what the recorder wrote, call by call. */
export class UsageRepository {
  readonly #db: Store['db'];

  constructor(store: Store) {
    this.#db = store.db;
  }

  /** Newest first. */
  async list(filter: UsageFilter): Promise<UsageEntry[]> {
    return (await this.#matching(filter).limit(filter.limit).execute()).map(toEntry);
  }

  /** All that match, newest first, each once, a page at a time: only one is in memory, and the database rests between. */
  async *pages(filter: Omit<UsageFilter, 'limit'>, pageSize: number): AsyncGenerator<UsageEntry[]> {
    let last: UsageEntry | undefined;
    do {
      const page: UsageEntry[] = await this.#page(filter, { pageSize, after: last });
      if (page.length > 0) yield page;
      last = page.length < pageSize ? undefined : page.at(-1);
    } while (last);
  }

  async #page(
    filter: Omit<UsageFilter, 'limit'>,
    { pageSize, after }: { readonly pageSize: number; readonly after: UsageEntry | undefined },
  ): Promise<UsageEntry[]> {
    let query = this.#matching(filter).limit(pageSize);
    if (after) {
      const { startedAt, requestId } = after;
      query = query
        .where('started_at', '<=', startedAt)
        .where((eb) => eb.or([eb('started_at', '<', startedAt), eb('request_id', '<', requestId)]));
    }
    return (await query.execute()).map(toEntry);
  }

  async find(requestId: string): Promise<UsageEntry | undefined> {
    const row = await this.#db.selectFrom('usage').selectAll().where('request_id', '=', requestId).executeTakeFirst();
    return row && toEntry(row);
  }

  #matching(filter: Omit<UsageFilter, 'limit'>) {
    return this.#db
      .selectFrom('usage')
      .selectAll()
      .where((eb) => {
        const conditions: Expression<SqlBool>[] = [];
        if (filter.since !== undefined) conditions.push(eb('started_at', '>=', filter.since));
        if (filter.before !== undefined) conditions.push(eb('started_at', '<', filter.before));
        for (const column of exactColumns) {
          const wanted = filter[exactFields[column]];
          if (wanted !== undefined) conditions.push(eb(column, '=', wanted));
        }
        if (filter.after !== undefined) {
          const { startedAt, requestId } = filter.after;
          conditions.push(
            // The first condition alone is what an index can answer.
            eb('started_at', '<=', startedAt),
            eb.or([eb('started_at', '<', startedAt), eb('request_id', '<', requestId)]),
          );
        }
        return eb.and(conditions);
      })
      .orderBy('started_at', 'desc')
      .orderBy('request_id', 'desc');
  }
}

const exactFields = {
  key_id: 'keyId',
  member_id: 'memberId',
  account_id: 'accountId',
  status: 'status',
  model: 'model',
  project: 'project',
  session: 'session',
} as const;
const exactColumns = ['key_id', 'member_id', 'account_id', 'status', 'model', 'project', 'session'] as const;

const attempt = z.object({
  accountId: z.string(),
  startedAt: z.number(),
  durationMs: z.number(),
  waitedMs: z.number().optional(),
  firstByteMs: z.number().optional(),
  contentMs: z.number().optional(),
  status: z.number().optional(),
  fault: z.string().optional(),
  detail: z.string().optional(),
  upstreamRequestId: z.string().optional(),
  isCancelled: z.literal(true).optional(),
  costNanoUsd: z.number().optional(),
});
const attempts = z.array(attempt);
const price = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const status = z.enum(['completed', 'aborted', 'failed']);

function toEntry(row: Row<'usage'>): UsageEntry {
  const usage = usageOfRow(row);
  return {
    requestId: row.request_id,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    firstByteMs: row.first_byte_ms,
    keyId: row.key_id,
    memberId: row.member_id,
    accountId: row.account_id,
    protocol: row.protocol,
    route: row.route,
    model: row.model,
    upstreamModel: row.upstream_model,
    status: status.parse(row.status),
    httpStatus: row.http_status,
    errorKind: row.error_kind,
    ...usage,
    audioInputTokens: usage.audioInputTokens ?? 0,
    audioCacheReadTokens: usage.audioCacheReadTokens ?? 0,
    audioOutputTokens: usage.audioOutputTokens ?? 0,
    imageInputTokens: usage.imageInputTokens ?? 0,
    imageOutputTokens: usage.imageOutputTokens ?? 0,
    images: usage.images ?? 0,
    toolRequests: usage.toolRequests ?? {},
    serviceTier: row.service_tier,
    speed: row.speed,
    inferenceGeo: row.inference_geo,
    servedModel: row.served_model,
    anomalies: usage.anomalies ?? [],
    costNanoUsd: row.cost_nano_usd,
    billedNanoUsd: row.billed_nano_usd ?? row.cost_nano_usd,
    multiplier: row.multiplier ?? 1,
    price: row.price === null ? null : price.parse(JSON.parse(row.price)),
    attempts: attempts.parse(JSON.parse(row.attempts)),
    explanation: JSON.parse(row.explanation),
    session: row.session,
    userAgent: row.user_agent,
    project: row.project,
  };
}
