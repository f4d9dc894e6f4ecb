// Tables beside the keys: part of the schema.

/** People whose keys there are. */
export interface MembersTable {
  id: string;
  name: string;
  /** In lower case: no two members share it. */
  name_key: string;
  email: string | null;
  role: string;
  state: string;
  note: string | null;
  /** For their keys that are on none themselves. */
  plan_id: string | null;
  max_concurrent: number | null;
  /** JSON array of `KeyLimit`, shared by all their keys. */
  limits: string;
  created_at: number;
  updated_at: number;
}

/** How members sign in; each way once. */
export interface MemberSignInsTable {
  member_id: string;
  /** `SignInWay`. */
  way: string;
  /** Whom the directory or the issuer means by it; the member's id for a password. */
  subject: string;
  /** The password's hash. */
  secret: string | null;
  /** Sessions from before it are over. */
  updated_at: number;
}

/** One-time codes beside a member's password. */
export interface MemberSecondFactorsTable {
  member_id: string;
  /** Sealed. */
  secret: string;
  /** JSON array of the hashes of recovery codes that were not used yet. */
  recovery: string;
  /** Of the last code that was used: none before it is taken again. */
  last_step: number;
  /** Null until the first code was right. */
  confirmed_at: number | null;
  updated_at: number;
}

/** Limit templates; the lists are JSON as those of keys. */
export interface PlansTable {
  id: string;
  name: string;
  /** In lower case: no two plans share it. */
  name_key: string;
  note: string | null;
  models: string;
  denied_models: string;
  services: string;
  clients: string;
  max_concurrent: number | null;
  limits: string;
  created_at: number;
  updated_at: number;
}

/** A code, and after it is redeemed what it granted to which key. */
export interface TopUpsTable {
  id: string;
  /** Of the code. */
  hash: string;
  /** Its last characters, to recognise it by. */
  ending: string;
  measure: string | null;
  amount: number | null;
  extend_ms: number | null;
  note: string | null;
  is_enabled: number;
  expires_at: number | null;
  created_at: number;
  redeemed_at: number | null;
  /** A key's id, which may be gone. */
  redeemed_by: string | null;
  /** Which of several tries at once it was. */
  redemption: string | null;
}

/** What somebody may make a key with, once, and the key that it became. */
export interface InvitesTable {
  id: string;
  member_id: string;
  group_id: string | null;
  /** Of the code: finds those that somebody may mean. */
  code_start: string;
  code_hash: string;
  /** Of what the link holds. */
  token_hash: string;
  /** Of the code. */
  tries: number;
  created_at: number;
  expires_at: number;
  revoked_at: number | null;
  taken_at: number | null;
  /** A key's id, which may be gone. */
  taken_by: string | null;
  /** Which of several tries at once it was. */
  taking: string | null;
}

/** When, with what and from where a key was last used; at most a minute old. */
export interface KeyUsesTable {
  key_id: string;
  used_at: number;
  user_agent: string | null;
  address: string | null;
}

/** Of imported keys, whose secrets do not begin like ours. */
export interface RemovedKeysTable {
  /** As in `keys`. */
  hash: string;
  removed_at: number;
}

/** Calls that were turned away before they were admitted: how often in each hour, and the last of them. */
export interface RefusedCallsTable {
  /** Hours since the epoch. */
  slot: number;
  /** Empty where no key of ours was sent. */
  key_id: string;
  /** `ErrorKind`. */
  reason: string;
  /** Who was at the other end; empty when not known. */
  address: string;
  calls: number;
  last_at: number;
  message: string;
  route: string;
  user_agent: string | null;
}

/** Where else it is told what happens. */
export interface WebhooksTable {
  id: string;
  name: string;
  /** `WebhookKind`. */
  kind: string;
  host: string;
  /** JSON of the address and the secret. */
  sealed: string;
  has_secret: number;
  chat_id: string | null;
  /** JSON array of `NotificationType`. */
  types: string;
  language: string;
  allow_local: number;
  is_enabled: number;
  created_at: number;
  updated_at: number;
  /** The last alert that some node took to tell it. */
  last_alert_id: number;
  /** Of those, what waits for the end of the quiet hours. */
  held_first: number | null;
  held_last: number | null;
  sent_at: number | null;
  failed_at: number | null;
  failure: string | null;
}
