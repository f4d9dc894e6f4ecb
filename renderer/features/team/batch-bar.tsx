import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { useChange } from '../../stores/api.ts';
import { BatchEdit } from './batch-edit.tsx';
import type { Key } from './key-values.ts';
import { outdated } from './outdated.ts';

interface Props {
  /** Those that were picked. */
  readonly keys: readonly Key[];
  readonly isTrash: boolean;
  onDone(): void;
}

/** What can be done with the picked keys at once; nothing while none is. */
export function BatchBar({ keys, isTrash, onDone }: Props) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<'edit' | 'remove'>();
  const update = useChange('updateKeys', outdated);
  const remove = useChange('removeKeys', outdated);
  const restore = useChange('restoreKey', outdated);
  const ids = keys.map(({ id }) => id);
  const failure = update.failure ?? remove.failure ?? restore.failure;
  if (ids.length === 0) return null;
  const count = { count: ids.length };
  const switchTo = (isEnabled: boolean) => void update.run({ ids, isEnabled }).then(onDone, nothing);
  return (
    <section
      aria-label={t('keys.batch')}
      className="flex flex-col gap-3 rounded-xl border border-line bg-surface px-5 py-3"
    >
      <div className="flex flex-wrap items-center gap-2">
        <span className="grow font-medium">{t('keys.picked', count)}</span>
        {isTrash ? (
          <Button
            needs="restoreKey"
            onClick={() => void Promise.all(ids.map((id) => restore.run({ id }))).then(onDone, nothing)}
          >
            {t('keys.restore')}
          </Button>
        ) : (
          <>
            <Button needs="updateKeys" onClick={() => setAsking('edit')}>
              {t('keys.edit')}
            </Button>
            <Button needs="updateKeys" onClick={() => switchTo(false)}>
              {t('keys.disable')}
            </Button>
            <Button needs="updateKeys" onClick={() => switchTo(true)}>
              {t('keys.enable')}
            </Button>
          </>
        )}
        <Button needs="removeKeys" look="danger" onClick={() => setAsking('remove')}>
          {t(isTrash ? 'keys.removeForGood' : 'keys.remove')}
        </Button>
        <Button look="quiet" onClick={onDone}>
          {t('keys.pickNone')}
        </Button>
      </div>
      {failure && <FailureNotice failure={failure} onRetry={update.forget} />}
      {asking === 'edit' && (
        <BatchEdit
          ids={ids}
          onClose={() => {
            setAsking(undefined);
            onDone();
          }}
        />
      )}
      <ConfirmDialog
        isOpen={asking === 'remove'}
        title={t('keys.removeMany', count)}
        note={t(isTrash ? 'keys.forGoodNote' : 'keys.removeNote')}
        action={t(isTrash ? 'keys.removeForGood' : 'keys.remove')}
        onClose={() => setAsking(undefined)}
        onConfirm={() => {
          setAsking(undefined);
          void remove.run({ ids, ...(isTrash && { forGood: true }) }).then(onDone, nothing);
        }}
      />
    </section>
  );
}

function nothing(): void {
  // The change holds its failure, and the bar shows it.
}
