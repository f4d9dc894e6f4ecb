import type { Migration } from './migrator.ts';

/** Price tables that came from elsewhere, each as it was, and the owner's own prices beside them. */
export const priceVersions: Migration = {
  id: '0020-price-versions',
  statements: [
    `create table price_versions (
      version text primary key not null,
      date text not null,
      source text not null,
      body text not null,
      added_at bigint not null,
      used_at bigint
    )`,
    `create table own_prices (
      model text primary key not null,
      price text not null,
      updated_at bigint not null
    )`,
  ],
};
