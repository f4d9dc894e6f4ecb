import type { Migration } from './migrator.ts';

/** What accounts were last found to be when they were looked at: see `accounts/checks.ts`. */
export const accountChecks: Migration = {
  id: '0010-account-quotas',
  statements: [
    `create table account_checks (
      account_id text not null,
      kind text not null,
      at bigint not null,
      result text not null,
      primary key (account_id, kind)
    )`,
  ],
};
