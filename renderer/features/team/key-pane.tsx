import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog, Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { useApi, useChange } from '../../stores/api.ts';
import { KeyFacts } from './key-facts.tsx';
import { KeyForm } from './key-form.tsx';
import { patchOf, valuesOf } from './key-values.ts';
import { outdated } from './outdated.ts';
import { RotateKey } from './rotate-key.tsx';
import { StandingGauge } from './standing-gauge.tsx';

type Shown = Output<'showKey'>;

/** One key: how its limits stand, and what its owner can do with it. */
export function KeyPane({ id, onClose }: { readonly id: string; onClose(): void }) {
  const { t } = useTranslation();
  const found = useApi('showKey', { id });
  return (
    <Dialog isPane isOpen title={found.value?.name ?? t('keys.heading')} note={found.value?.owner} onClose={onClose}>
      {found.value && <KeyDetails shown={found.value} onClose={onClose} />}
      {!found.value && found.failure && <FailureNotice failure={found.failure} onRetry={() => void found.refresh()} />}
      {!found.value && !found.failure && <Skeleton />}
    </Dialog>
  );
}

function KeyDetails({ shown, onClose }: { readonly shown: Shown; onClose(): void }) {
  const [isEditing, setEditing] = useState(false);
  const update = useChange('updateKey', outdated);
  const { id } = shown;
  if (isEditing) {
    return (
      <div className="flex flex-col gap-4">
        {update.failure && <FailureNotice failure={update.failure} onRetry={update.forget} />}
        <KeyForm
          isNew={false}
          values={valuesOf(shown)}
          isRunning={update.isRunning}
          onSave={(values) =>
            void update.run({ id, ...patchOf(values, shown) }).then(
              () => setEditing(false),
              () => undefined,
            )
          }
          onClose={() => setEditing(false)}
        />
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-6">
      {shown.removedAt === undefined ? (
        <KeyActions shown={shown} onEdit={() => setEditing(true)} onClose={onClose} />
      ) : (
        <TrashActions shown={shown} onClose={onClose} />
      )}
      <Standings shown={shown} />
      <KeyFacts shown={shown} />
    </div>
  );
}

function Standings({ shown: { standings } }: { readonly shown: Shown }) {
  const { t } = useTranslation();
  return (
    <section className="flex flex-col gap-3">
      <h3 className="font-semibold">{t('limits.heading')}</h3>
      {standings.length === 0 && <p className="text-muted">{t('keys.unlimited')}</p>}
      {standings.map((standing) => (
        <StandingGauge key={`${standing.name} ${standing.isShared}`} standing={standing} />
      ))}
    </section>
  );
}

interface ActionsProps {
  readonly shown: Shown;
  onEdit(): void;
  onClose(): void;
}

function KeyActions({ shown: { id, name, isEnabled }, onEdit, onClose }: ActionsProps) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<'rotate' | 'remove'>();
  const update = useChange('updateKey', outdated);
  const remove = useChange('removeKey', outdated);
  const failure = update.failure ?? remove.failure;
  return (
    <>
      <div className="flex flex-wrap gap-2">
        <Button needs="updateKey" look="primary" onClick={onEdit}>
          {t('keys.edit')}
        </Button>
        <Button needs="updateKey" onClick={() => void update.run({ id, isEnabled: !isEnabled }).catch(nothing)}>
          {t(isEnabled ? 'keys.disable' : 'keys.enable')}
        </Button>
        <Button needs="rotateKey" onClick={() => setAsking('rotate')}>
          {t('keys.rotate')}
        </Button>
        <Button needs="removeKey" look="danger" onClick={() => setAsking('remove')}>
          {t('keys.remove')}
        </Button>
      </div>
      {failure && <FailureNotice failure={failure} onRetry={update.forget} />}
      {asking === 'rotate' && <RotateKey id={id} name={name} onClose={() => setAsking(undefined)} />}
      <ConfirmDialog
        isOpen={asking === 'remove'}
        title={t('keys.removeTitle', { name })}
        note={t('keys.removeNote')}
        action={t('keys.remove')}
        onClose={() => setAsking(undefined)}
        onConfirm={() => {
          setAsking(undefined);
          void remove.run({ id }).then(onClose, nothing);
        }}
      />
    </>
  );
}

function TrashActions({ shown: { id, name }, onClose }: Omit<ActionsProps, 'onEdit'>) {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const restore = useChange('restoreKey', outdated);
  const remove = useChange('removeKey', outdated);
  const failure = restore.failure ?? remove.failure;
  return (
    <>
      <div className="flex flex-wrap gap-2">
        <Button needs="restoreKey" look="primary" onClick={() => void restore.run({ id }).catch(nothing)}>
          {t('keys.restore')}
        </Button>
        <Button needs="removeKey" look="danger" onClick={() => setAsking(true)}>
          {t('keys.removeForGood')}
        </Button>
      </div>
      {failure && <FailureNotice failure={failure} onRetry={restore.forget} />}
      <ConfirmDialog
        isOpen={isAsking}
        title={t('keys.forGoodTitle', { name })}
        note={t('keys.forGoodNote')}
        action={t('keys.removeForGood')}
        onClose={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false);
          void remove.run({ id, forGood: true }).then(onClose, nothing);
        }}
      />
    </>
  );
}

function nothing(): void {
  // The change holds its failure, and the pane shows it.
}
