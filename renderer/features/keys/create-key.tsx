import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Input } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Field, TextInput } from '../../components/field.tsx';
import { useApi, useChange } from '../../stores/api.ts';
import { Snippets } from './snippets.tsx';

type NewKey = Input<'createKey'>;

const nanoPerUsd = 1e9;
const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Makes a key and shows its secret, this once. */
export function CreateKey({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const create = useChange('createKey', ['listKeys', 'status']);
  const address = useApi('status', {}).value?.url ?? location.origin;
  if (create.result) {
    return (
      <Dialog isOpen title={t('keys.made', { name: create.result.name })} note={t('keys.once')} onClose={onClose}>
        <Snippets address={address} secret={create.result.key} />
        <div className="mt-5 flex justify-end">
          <Button look="primary" onClick={onClose}>
            {t('keys.kept')}
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog isOpen title={t('keys.create')} note={t('keys.createNote')} onClose={onClose}>
      <KeyForm
        isRunning={create.isRunning}
        onSave={(key) => void create.run(key).catch(() => undefined)}
        onClose={onClose}
      />
      {create.failure && <FailureNotice failure={create.failure} onRetry={create.forget} />}
    </Dialog>
  );
}

interface FormProps {
  readonly isRunning: boolean;
  onSave(key: NewKey): void;
  onClose(): void;
}

function KeyForm({ isRunning, onSave, onClose }: FormProps) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [owner, setOwner] = useState('');
  const [perDay, setPerDay] = useState('');
  const [concurrent, setConcurrent] = useState('');
  const save = (event: FormEvent) => {
    event.preventDefault();
    onSave({
      name,
      ...(owner !== '' && { owner }),
      ...(perDay !== '' && { limits: [costPerDay(Number(perDay))] }),
      ...(concurrent !== '' && { maxConcurrent: Number(concurrent) }),
    });
  };
  return (
    <form onSubmit={save} className="flex flex-col gap-4">
      <Field label={t('keys.name')} hint={t('keys.nameHint')} isRequired>
        {(ids) => (
          <TextInput {...ids} required maxLength={64} value={name} onChange={({ target }) => setName(target.value)} />
        )}
      </Field>
      <Field label={t('keys.owner')} hint={t('keys.ownerHint')}>
        {(ids) => <TextInput {...ids} maxLength={64} value={owner} onChange={({ target }) => setOwner(target.value)} />}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t('keys.perDay')} hint={t('keys.perDayHint', { zone: timeZone })}>
          {(ids) => (
            <TextInput
              {...ids}
              type="number"
              min="0.01"
              step="0.01"
              value={perDay}
              onChange={({ target }) => setPerDay(target.value)}
            />
          )}
        </Field>
        <Field label={t('keys.concurrent')} hint={t('keys.concurrentHint')}>
          {(ids) => (
            <TextInput
              {...ids}
              type="number"
              min="1"
              step="1"
              value={concurrent}
              onChange={({ target }) => setConcurrent(target.value)}
            />
          )}
        </Field>
      </div>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button type="submit" look="primary" disabled={isRunning}>
          {t('keys.create')}
        </Button>
      </div>
    </form>
  );
}

function costPerDay(usd: number): NonNullable<NewKey['limits']>[number] {
  const window = { kind: 'calendar', unit: 'day', timeZone } as const;
  return { measure: 'cost', amount: Math.round(usd * nanoPerUsd), window, mode: 'smooth' };
}
