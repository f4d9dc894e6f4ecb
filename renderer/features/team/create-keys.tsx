import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { useChange } from '../../stores/api.ts';
import { IssuedKeys } from './issued-keys.tsx';
import { KeyForm } from './key-form.tsx';
import { emptyKey, type KeyValues, newKeyOf } from './key-values.ts';
import { outdated } from './outdated.ts';

interface Props {
  /** Whose it will be. */
  readonly memberId?: string;
  onClose(): void;
}

/** Makes a key, or many at once, and shows the secrets this once. */
export function CreateKeys({ memberId = '', onClose }: Props) {
  const { t } = useTranslation();
  const one = useChange('createKey', outdated);
  const many = useChange('createKeys', outdated);
  const [typed, setTyped] = useState<KeyValues>({ ...emptyKey, memberId });
  const made = many.result ?? (one.result && [one.result]);
  if (made) return <IssuedKeys keys={made} onClose={onClose} />;
  const save = (values: KeyValues) => {
    setTyped(values);
    const key = newKeyOf(values);
    const count = Number(values.count);
    const making = count > 1 ? many.run({ ...key, count }) : one.run(key);
    void making.catch(() => undefined);
  };
  const failure = one.failure ?? many.failure;
  return (
    <Dialog isOpen title={t('keys.create')} note={t('keys.createNote')} onClose={onClose}>
      {failure && <FailureNotice failure={failure} onRetry={() => save(typed)} />}
      <KeyForm isNew values={typed} isRunning={one.isRunning || many.isRunning} onSave={save} onClose={onClose} />
    </Dialog>
  );
}
