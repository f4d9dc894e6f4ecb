import type { Migration } from './migrator.ts';

/** Secrets that were made elsewhere and are keys no more: they must never be taken for an upstream's. */
export const removedKeys: Migration = {
  id: '0022-removed-keys',
  statements: [
    `create table removed_keys (
      hash text primary key not null,
      removed_at bigint not null
    )`,
  ],
};
