import type { Migration } from './migrator.ts';

/** One-time codes beside a member's password. */
export const memberSecondFactors: Migration = {
  id: '0038-member-second-factors',
  statements: [
    `create table member_second_factors (
      member_id text primary key not null,
      secret text not null,
      recovery text not null,
      last_step bigint not null,
      confirmed_at bigint,
      updated_at bigint not null
    )`,
  ],
};

/** How members sign in: with a password of ours, or as whom their directory or issuer knows. */
export const memberSignInTables: Migration = {
  id: '0037-member-sign-ins',
  statements: [
    `create table member_sign_ins (
      member_id text not null,
      way text not null,
      subject text not null,
      secret text,
      updated_at bigint not null,
      primary key (way, subject)
    )`,
    'create unique index member_sign_ins_by_member on member_sign_ins (member_id, way)',
  ],
};
