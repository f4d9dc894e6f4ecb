import type { Generated, Insertable, Selectable } from 'kysely';
import type {
  InvitesTable,
  KeyUsesTable,
  MemberSecondFactorsTable,
  MemberSignInsTable,
  MembersTable,
  PlansTable,
  RefusedCallsTable,
  RemovedKeysTable,
  TopUpsTable,
  WebhooksTable,
} from './schema-team.ts';
import type { UsageRollupsTable, UsageTable } from './usage-tables.ts';

/** One schema for SQLite and PostgreSQL: text ids, epoch milliseconds, 0/1 booleans, JSON as text, integer nano-dollars. */
export interface Schema {
  readonly accounts: AccountsTable;
  readonly account_health: AccountHealthTable;
  readonly account_timeline: AccountTimelineTable;
  readonly account_errors: AccountErrorsTable;
  readonly account_limits: AccountLimitsTable;
  readonly account_groups: AccountGroupsTable;
  readonly account_group_members: AccountGroupMembersTable;
  readonly keys: KeysTable;
  readonly members: MembersTable;
  readonly member_sign_ins: MemberSignInsTable;
  readonly member_second_factors: MemberSecondFactorsTable;
  readonly plans: PlansTable;
  readonly top_ups: TopUpsTable;
  readonly invites: InvitesTable;
  readonly key_uses: KeyUsesTable;
  readonly key_devices: KeyDevicesTable;
  readonly removed_keys: RemovedKeysTable;
  readonly refused_calls: RefusedCallsTable;
  readonly usage: UsageTable;
  readonly usage_rollups: UsageRollupsTable;
  readonly budgets: BudgetsTable;
  readonly alerts: AlertsTable;
  readonly webhooks: WebhooksTable;
  readonly price_versions: PriceVersionsTable;
  readonly own_prices: OwnPricesTable;
  readonly settings: SettingsTable;
  readonly model_aliases: ModelAliasesTable;
  readonly account_models: AccountModelsTable;
  readonly account_checks: AccountChecksTable;
  readonly server_state: ServerStateTable;
  readonly audit: AuditTable;
}

export interface AccountsTable {
  id: string;
  name: string;
  provider: string;
  /** JSON object, as the provider's `settings` schema says. */
  settings: string;
  /** Sealed envelope of the provider's secret (JSON), or null when it stores none. */
  secret: string | null;
  /** Counts up with every new secret: who replaces one says which one it was made from. */
  secret_revision: number;
  /** JSON of `SignIn`; null when nobody signed in. */
  sign_in: string | null;
  /** When its owner accepted the note of terms; null when not yet, or not needed. */
  terms_accepted_at: number | null;
  /** Whether its owner lets it serve other computers, where its terms speak against that. */
  is_shared: number;
  /** Sealed envelope of the proxy URL, which may carry a password. */
  proxy: string | null;
  /** Whether its owner allowed an upstream on this computer or its own network. */
  allow_local: number;
  priority: number;
  weight: number;
  is_enabled: number;
  /** JSON array of model patterns; empty means all. */
  models: string;
  /** JSON object: model the client asked for to model sent upstream. */
  model_map: string;
  /** JSON of `AccountCare`. */
  care: string;
  created_at: number;
  updated_at: number;
}

export interface AccountHealthTable {
  account_id: string;
  /** JSON of `Health`. */
  health: string;
  changed_at: number;
}

/** What an account was, and from when on; the newest of each account are kept. */
export interface AccountTimelineTable {
  id: string;
  account_id: string;
  at: number;
  /** JSON of `TimelineEntry`. */
  entry: string;
}

/** What went wrong with an account; the newest of each account are kept. */
export interface AccountErrorsTable {
  id: string;
  account_id: string;
  at: number;
  request_id: string;
  model: string;
  fault: string;
  /** HTTP status of the upstream; null when none arrived. */
  status: number | null;
  detail: string | null;
}

export interface AccountLimitsTable {
  account_id: string;
  /** JSON of `LimitSnapshot`. */
  snapshot: string;
  read_at: number;
}

export interface AccountGroupsTable {
  id: string;
  name: string;
  /** Whose accounts serve when none of its own can. */
  fallback_id: string | null;
  created_at: number;
  updated_at: number;
}

export interface AccountGroupMembersTable {
  group_id: string;
  account_id: string;
  /** Instead of the account's own; null means that one. */
  priority: number | null;
}

export interface KeyDevicesTable {
  key_id: string;
  address: string;
  user_agent: string | null;
  seen_at: number;
}

export interface KeysTable {
  id: string;
  name: string;
  /** HMAC-SHA-256 of the secret with the vault's pepper, hex. */
  hash: string;
  /** First 8 characters after the fixed start, to recognise it by. */
  prefix: string;
  /** Last 4 characters; null for a key that is older than this column. */
  ending: string | null;
  is_enabled: number;
  expires_at: number | null;
  /** JSON array of model patterns; empty means all. */
  models: string;
  /** JSON array of services; empty means all. */
  services: string;
  max_concurrent: number | null;
  /** JSON array of `KeyLimit`. */
  limits: Generated<string>;
  /** The only account that may serve its calls; null means any. */
  account_id: string | null;
  /** The only group whose accounts may serve its calls; null means any. */
  group_id: string | null;
  /** Whether its calls are the owner's own; null: those from this computer are. */
  is_own: number | null;
  owner: string | null;
  /** JSON array of texts. */
  tags: Generated<string>;
  note: string | null;
  /** JSON array of model patterns. */
  denied_models: Generated<string>;
  /** JSON array of address ranges; empty means any. */
  addresses: Generated<string>;
  /** JSON array of `ClientKind`; empty means any. */
  clients: Generated<string>;
  /** How long it works from its first use on. */
  lifetime_ms: number | null;
  /** Its first use, for keys with a lifetime. */
  activated_at: number | null;
  /** Whether its secret was made elsewhere. */
  is_imported: Generated<number>;
  /** Of the secret before the last rotation, and until when that one works. */
  old_hash: string | null;
  old_until: number | null;
  old_is_imported: Generated<number>;
  plan_id: string | null;
  /** What its calls are billed with; null means 1. */
  multiplier: number | null;
  /** Whose it is. */
  member_id: string | null;
  /** When it went to the trash. */
  removed_at: number | null;
  created_at: number;
  updated_at: number;
}

export interface BudgetsTable {
  id: string;
  name: string;
  scope: string;
  /** Key, account or owner; null for everything. */
  scope_id: string | null;
  amount_nano_usd: number;
  /** JSON of `CalendarUnit`. */
  period: string;
  created_at: number;
  updated_at: number;
}

/** What somebody was told, and what of it goes on. */
export interface AlertsTable {
  id: number;
  /** Names the condition; at most one of it goes on. */
  state_key: string;
  at: number;
  /** JSON of `AlertDetail`. */
  detail: string;
  /** Null while it goes on. */
  recovered_at: number | null;
}

export interface PriceVersionsTable {
  version: string;
  /** `2026-11-23`: when its prices were read. */
  date: string;
  /** Where it came from. */
  source: string;
  /** The file, as it was. */
  body: string;
  added_at: number;
  /** When it was last taken into use; null for one that was only looked at. */
  used_at: number | null;
}

/** Prices that the owner set: they win over every table. */
export interface OwnPricesTable {
  model: string;
  /** JSON of `OwnPrice`. */
  price: string;
  updated_at: number;
}

export interface SettingsTable {
  name: string;
  value: string;
}

export interface ModelAliasesTable {
  /** A name or a pattern, in lower case. */
  name: string;
  target: string;
  updated_at: number;
}

/** What an account was last found to be when it was looked at. */
export interface AccountChecksTable {
  account_id: string;
  kind: string;
  at: number;
  /** JSON, by the kind. */
  result: string;
}

export interface AccountModelsTable {
  account_id: string;
  /** JSON array of `ListedModel`, as the upstream last told them. */
  models: string;
  fetched_at: number;
}

export interface ServerStateTable {
  /** The upstream's own name for it: a response, a file, a batch. */
  id: string;
  key_id: string;
  account_id: string;
  kind: string;
  /** 1 when a call of this key made it, 0 when one that named it was served. */
  is_made: number;
  created_at: number;
  expires_at: number;
  /** What a batch is billed with: as it was when the batch was made. Null for other things, and when that is not known. */
  multiplier: number | null;
}

/** Who changed what. */
export interface AuditTable {
  id: string;
  at: number;
  /** `Actor`'s kind; `nobody` for a refused sign-in. */
  actor: string;
  /** Of the session. */
  actor_id: string | null;
  address: string | null;
  /** The name of the route. */
  action: string;
  kind: string;
  object: string;
  /** JSON objects of the fields that changed; secrets are not among them. */
  before: string | null;
  after: string | null;
}

export type Row<Table extends keyof Schema> = Selectable<Schema[Table]>;
export type NewRow<Table extends keyof Schema> = Insertable<Schema[Table]>;
