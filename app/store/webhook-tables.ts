import type { Migration } from './migrator.ts';

/** Where else it is told what happens. */
export const webhookTables: Migration = {
  id: '0043-webhooks',
  statements: [
    `create table webhooks (
      id text primary key not null,
      name text not null,
      kind text not null,
      host text not null,
      sealed text not null,
      has_secret integer not null,
      chat_id text,
      types text not null,
      language text not null,
      allow_local integer not null,
      is_enabled integer not null,
      created_at bigint not null,
      updated_at bigint not null,
      last_alert_id bigint not null,
      sent_at bigint,
      failed_at bigint,
      failure text
    )`,
  ],
};

/** What was not told yet because it was quiet, by the numbers of the first and the last alert. */
export const webhookHeld: Migration = {
  id: '0049-webhook-held',
  statements: ['alter table webhooks add column held_first bigint', 'alter table webhooks add column held_last bigint'],
};
