import type { Migration } from './migrator.ts';

/** One row is an invite and, once it was taken, the key that it became: both change in one transaction. */
export const inviteTables: Migration = {
  id: '0034-invites',
  statements: [
    `create table invites (
      id text primary key not null,
      member_id text not null,
      group_id text,
      code_start text not null,
      code_hash text not null,
      token_hash text not null unique,
      tries integer not null,
      created_at bigint not null,
      expires_at bigint not null,
      revoked_at bigint,
      taken_at bigint,
      taken_by text,
      taking text
    )`,
    'create index invites_by_code on invites (code_start)',
  ],
};
