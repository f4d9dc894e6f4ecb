import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { CommandLine } from '../../components/command-line.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field, Select } from '../../components/field.tsx';
import { useApi } from '../../stores/api.ts';
import { Snippets } from './snippets.tsx';

interface Props {
  readonly keys: Output<'createKeys'>;
  onClose(): void;
}

/** The secrets of keys that were just made, this once. */
export function IssuedKeys({ keys, onClose }: Props) {
  const { t } = useTranslation();
  const own = useApi('status', {}).value?.url ?? location.origin;
  const sharing = useApi('showSharing', {}, { every: false }).value;
  const shared = sharing?.isOn ? sharedUrls(sharing) : [];
  const [chosen, setChosen] = useState<string>();
  const address = chosen ?? own;
  const isShared = shared.includes(address);
  const [first] = keys;
  const title =
    keys.length === 1 && first ? t('keys.made', { name: first.name }) : t('keys.madeMany', { count: keys.length });
  return (
    <Dialog isOpen title={title} note={t('keys.once')} onClose={onClose}>
      {keys.length === 1 && first ? (
        <div className="flex flex-col gap-3">
          {shared.length > 0 && (
            <Field label={t('snippets.where')}>
              {(ids) => (
                <Select {...ids} value={address} onChange={({ target }) => setChosen(target.value)}>
                  <option value={own}>{t('snippets.here')}</option>
                  {shared.map((url) => (
                    <option key={url} value={url}>
                      {t('snippets.elsewhere', { url })}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
          )}
          <Snippets
            address={address}
            secret={first.key}
            fingerprint={
              isShared && sharing?.encryption === 'own-authority' ? sharing.authority?.fingerprint : undefined
            }
          />
        </div>
      ) : (
        <CommandLine text={keys.map(({ name, key }) => `${name},${key}`).join('\n')} />
      )}
      <div className="mt-5 flex justify-end">
        <Button look="primary" onClick={onClose}>
          {t('keys.kept')}
        </Button>
      </div>
    </Dialog>
  );
}

/** What other computers call it by. */
function sharedUrls({ encryption, publicUrl, standings }: Output<'showSharing'>): readonly string[] {
  if (encryption === 'proxy') return publicUrl === undefined ? [] : [publicUrl];
  return standings.flatMap(({ url }) => (url === undefined ? [] : [url]));
}
