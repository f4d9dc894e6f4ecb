import type { Migration } from './migrator.ts';

/** What the secret of a key ends with. Of older keys nobody knows: they are recognised by their beginning. */
export const keyEndings: Migration = {
  id: '0045-key-endings',
  statements: ['alter table keys add column ending text'],
};
