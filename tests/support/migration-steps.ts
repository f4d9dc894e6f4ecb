import { migrations } from '../../app/store/migrations.ts';
import type { Migration } from '../../app/store/migrator.ts';

/** Made-up steps of a future version: they change, fill and add tables, so that a half-done one would show. */
export const addNotes: Migration = {
  id: '9001-add-notes',
  statements: ['alter table keys add column remark text', "update keys set remark = 'was ' || name"],
};
export const addLabels: Migration = {
  id: '9002-add-labels',
  statements: [
    'create table labels (id text primary key not null, label text not null)',
    'insert into labels (id, label) select id, name from keys',
    'create index labels_by_text on labels (label)',
  ],
};

export const newerMigrations: readonly Migration[] = [...migrations, addNotes, addLabels];
