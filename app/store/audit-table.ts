import type { Migration } from './migrator.ts';

/** Who changed what, and what it was before: written together with the change itself. */
export const auditTable: Migration = {
  id: '0024-audit',
  statements: [
    `create table audit (
      id text primary key not null,
      at bigint not null,
      actor text not null,
      actor_id text,
      address text,
      action text not null,
      kind text not null,
      object text not null,
      before text,
      after text
    )`,
    'create index audit_by_time on audit (at)',
    'create index audit_by_object on audit (kind, object, at)',
  ],
};
