import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Input } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Field, Select, Switch, TextInput } from '../../components/field.tsx';
import { useChange } from '../../stores/api.ts';

/** Kinds that need nothing but a key and an address; the others begin with a sign-in or have fields of their own. */
const kinds = [
  'anthropic',
  'claude-console',
  'relay',
  'openai',
  'openai-compatible',
  'gemini',
  'anthropic-passthrough',
] as const;
type Kind = (typeof kinds)[number];

const needsAddress: ReadonlySet<Kind> = new Set(['claude-console', 'relay', 'openai-compatible']);
const noSecret: ReadonlySet<Kind> = new Set(['anthropic-passthrough']);

export function AddAccount({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<Kind>('anthropic');
  const [name, setName] = useState('');
  const [secret, setSecret] = useState('');
  const [baseUrl, setBaseUrl] = useState('');
  const [isLocal, setLocal] = useState(false);
  const create = useChange('createAccount', ['listAccounts', 'status']);
  const save = (event: FormEvent) => {
    event.preventDefault();
    const account: Input<'createAccount'> = {
      ...{ name, provider: kind, allowLocalUpstream: isLocal },
      ...(secret !== '' && !noSecret.has(kind) && { secret }),
      ...(baseUrl !== '' && { settings: { baseUrl } }),
    };
    void create.run(account).then(onClose, () => undefined);
  };
  return (
    <Dialog isOpen title={t('accounts.add')} note={t('accounts.addNote')} onClose={onClose}>
      <form onSubmit={save} className="flex flex-col gap-4">
        <Field label={t('accounts.kind')}>
          {(ids) => (
            <Select
              {...ids}
              value={kind}
              onChange={({ target }) => setKind(kinds.find((one) => one === target.value) ?? kind)}
            >
              {kinds.map((one) => (
                <option key={one} value={one}>
                  {t(`provider.${one}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t('accounts.name')} hint={t('accounts.nameHint')} isRequired>
          {(ids) => (
            <TextInput {...ids} required maxLength={64} value={name} onChange={({ target }) => setName(target.value)} />
          )}
        </Field>
        {!noSecret.has(kind) && (
          <Field label={t('accounts.secret')} hint={t('accounts.secretHint')} isRequired>
            {(ids) => (
              <TextInput
                {...ids}
                type="password"
                required
                value={secret}
                onChange={({ target }) => setSecret(target.value)}
              />
            )}
          </Field>
        )}
        <Field label={t('accounts.address')} hint={t('accounts.addressHint')} isRequired={needsAddress.has(kind)}>
          {(ids) => (
            <TextInput
              {...ids}
              type="url"
              inputMode="url"
              placeholder="https://"
              required={needsAddress.has(kind)}
              value={baseUrl}
              onChange={({ target }) => setBaseUrl(target.value)}
            />
          )}
        </Field>
        {baseUrl !== '' && (
          <div className="flex items-center justify-between gap-4">
            <div>
              <p className="font-medium">{t('accounts.local')}</p>
              <p className="text-muted text-xs">{t('accounts.localHint')}</p>
            </div>
            <Switch label={t('accounts.local')} isOn={isLocal} onChange={setLocal} />
          </div>
        )}
        {create.failure && <FailureNotice failure={create.failure} onRetry={create.forget} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="submit" look="primary" disabled={create.isRunning}>
            {t('accounts.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
