import type { Migration } from './migrator.ts';

/** One row is a code and, once it is redeemed, its grant: both change in one statement. */
export const topUpTables: Migration = {
  id: '0016-top-ups',
  statements: [
    `create table top_ups (
      id text primary key not null,
      hash text not null unique,
      ending text not null,
      measure text,
      amount bigint,
      extend_ms bigint,
      note text,
      is_enabled integer not null,
      expires_at bigint,
      created_at bigint not null,
      redeemed_at bigint,
      redeemed_by text,
      redemption text
    )`,
    'create index top_ups_by_key on top_ups (redeemed_by) where redeemed_by is not null',
  ],
};
