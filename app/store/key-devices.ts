import type { Migration } from './migrator.ts';

/** From which addresses a key was used, each once: a few per key, the latest. Written while calls run, as `key_uses` is. */
export const keyDevices: Migration = {
  id: '0047-key-devices',
  statements: [
    `create table key_devices (
      key_id text not null,
      address text not null,
      user_agent text,
      seen_at bigint not null,
      primary key (key_id, address)
    )`,
  ],
};
