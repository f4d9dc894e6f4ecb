import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Panel } from '../../components/panel.tsx';
import { useApi } from '../../stores/api.ts';
import { FoundDataCards } from '../imports/found-data.tsx';
import { ImportDialog } from '../imports/import-dialog.tsx';

/** What other programs of this kind keep here. From another computer there is nothing to see, and no panel. */
export function ImportPanel() {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const found = useApi('listFoundData', {}, { every: false });
  if (found.failure?.kind === 'forbidden') return null;
  return (
    <Panel heading={t('imports.heading')} resource={found}>
      <div className="flex flex-col gap-3 px-5 pb-5">
        <p className="max-w-prose text-muted">
          {t(found.value?.length === 0 ? 'imports.nothingHere' : 'imports.note')}
        </p>
        <FoundDataCards found={found.value ?? []} />
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => setOpen(true)}>{t('imports.fromFile')}</Button>
          <Button look="quiet" onClick={() => void found.refresh()}>
            {t('accounts.lookAgain')}
          </Button>
        </div>
      </div>
      {isOpen && <ImportDialog onClose={() => setOpen(false)} />}
    </Panel>
  );
}
