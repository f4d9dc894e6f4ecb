import { Plus, Upload } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Allowed } from '../../components/allowed.tsx';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Panel } from '../../components/panel.tsx';
import { useApi } from '../../stores/api.ts';
import { useSearch, withParams } from '../../stores/search.ts';
import { BatchBar } from './batch-bar.tsx';
import { CreateKeys } from './create-keys.tsx';
import { ImportKeys } from './import-keys.tsx';
import { KeyFilterBar } from './key-filter-bar.tsx';
import { KeyPane } from './key-pane.tsx';
import { type KeyFilter, matches, noFilter } from './key-state.ts';
import { KeysTable } from './keys-table.tsx';

/** What programs call with: whose it is, what it may spend, when it was used. */
export function KeysPanel() {
  const { t } = useTranslation();
  const [search, go] = useSearch();
  const [dialog, setDialog] = useState<'create' | 'import'>();
  const isTrash = search.get('place') === 'trash';
  const keys = useApi('listKeys', { place: isTrash ? 'trash' : 'in-use' });
  const memberId = search.get('member') ?? '';
  const [filter, setFilter] = useState<KeyFilter>({ ...noFilter, memberId });
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const all = keys.value ?? [];
  const shown = all.filter((key) => matches(key, filter, Date.now()));
  const opened = search.get('id');
  const change = (fields: Readonly<Record<string, string | undefined>>) => go((latest) => withParams(latest, fields));
  const buttons = (
    <>
      <Button
        needs="createKey"
        look="primary"
        icon={<Plus className="size-4" aria-hidden="true" />}
        onClick={() => setDialog('create')}
      >
        {t('keys.create')}
      </Button>
      <Button
        needs="importKeys"
        icon={<Upload className="size-4" aria-hidden="true" />}
        onClick={() => setDialog('import')}
      >
        {t('keys.import')}
      </Button>
    </>
  );
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        {buttons}
        <span className="grow" />
        <Button
          look="quiet"
          onClick={() => {
            setPicked(new Set());
            change({ place: isTrash ? undefined : 'trash' });
          }}
        >
          {t(isTrash ? 'keys.leaveTrash' : 'keys.trash')}
        </Button>
      </div>
      {(all.length > 0 || isTrash) && <KeyFilterBar keys={all} filter={filter} onChange={setFilter} />}
      <Allowed to="updateKeys">
        <BatchBar keys={all.filter(({ id }) => picked.has(id))} isTrash={isTrash} onDone={() => setPicked(new Set())} />
      </Allowed>
      <Panel heading={t(isTrash ? 'keys.trash' : 'keys.heading')} resource={keys}>
        {shown.length > 0 && (
          <KeysTable keys={shown} picked={picked} onPick={setPicked} onOpen={({ id }) => change({ id })} />
        )}
        {shown.length === 0 && all.length > 0 && (
          <EmptyState text={t('keys.noMatch')}>
            <Button onClick={() => setFilter(noFilter)}>{t('team.clearFilter')}</Button>
          </EmptyState>
        )}
        {all.length === 0 && (
          <EmptyState text={t(isTrash ? 'keys.trashEmpty' : 'keys.empty')}>{!isTrash && buttons}</EmptyState>
        )}
      </Panel>
      {dialog === 'create' && <CreateKeys onClose={() => setDialog(undefined)} />}
      {dialog === 'import' && <ImportKeys onClose={() => setDialog(undefined)} />}
      {opened !== null && <KeyPane id={opened} onClose={() => change({ id: undefined })} />}
    </>
  );
}
