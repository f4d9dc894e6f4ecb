import { useController, useForm, useFormContext, useWatch } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../../app/server/admin/contract.ts';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { FailureNotice } from '../../../components/failure-notice.tsx';
import { Form, FormSelect, FormSwitch, FormText, useIssues } from '../../../components/form.tsx';
import { type Change, useChange } from '../../../stores/api.ts';
import { changeOf, offered, type SharingValues, valuesOf } from './sharing-values.ts';

type Sharing = Output<'showSharing'>;

interface Props {
  readonly sharing: Sharing;
  onClose(): void;
}

/** Where others reach this Waystation, and how. */
export function SharingDialog({ sharing, onClose }: Props) {
  const { t } = useTranslation();
  const change = useChange('changeSharing', ['showSharing', 'listAudit']);
  const form = useForm<SharingValues>({ defaultValues: valuesOf(sharing) });
  const save = (values: SharingValues) => void change.run(changeOf(values)).then(onClose, () => undefined);
  return (
    <Dialog isOpen title={t('sharing.turnOn')} note={t('sharing.note')} onClose={onClose}>
      {change.failure && <FailureNotice failure={change.failure} onRetry={change.forget} />}
      <Form form={form} onSubmit={save}>
        <Fields sharing={sharing} change={change} />
        <p className="text-muted">{t('sharing.keysNote')}</p>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="submit" look="primary" disabled={change.isRunning}>
            {t(sharing.isOn ? 'action.save' : 'sharing.turnOn')}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

const encryptions = ['own-authority', 'plain', 'proxy'] as const;
const hints = {
  'own-authority': 'sharing.ownHint',
  plain: 'sharing.plainWarning',
  proxy: 'sharing.proxyHint',
} as const;

function Fields({ sharing, change }: { readonly sharing: Sharing; readonly change: Change<'changeSharing'> }) {
  const { t } = useTranslation();
  useIssues(change.failure?.issues);
  const { encryption } = useWatch<SharingValues>() as SharingValues;
  const port = (value: unknown) =>
    (/^\d{1,5}$/.test(String(value)) && Number(value) <= 65_535) || t('sharing.portWrong');
  return (
    <>
      <FormSelect
        name="encryption"
        label={t('sharing.encryption')}
        hint={t(hints[encryption])}
        options={encryptions.map((value) => ({ value, text: t(`sharing.encryption-${value}`) }))}
      />
      <Addresses sharing={sharing} encryption={encryption} />
      <FormText name="port" label={t('sharing.port')} type="number" min={0} max={65_535} rules={{ validate: port }} />
      {encryption === 'proxy' && (
        <FormText name="proxies" label={t('sharing.proxies')} hint={t('sharing.proxiesHint')} rows={2} isRequired />
      )}
      <FormText
        name="publicUrl"
        label={t('sharing.publicUrl')}
        hint={t('sharing.publicUrlHint')}
        type="url"
        isRequired={encryption === 'proxy'}
      />
      <FormText name="names" label={t('sharing.names')} hint={t('sharing.namesHint')} rows={2} />
      <FormText name="localName" label={t('sharing.localName')} hint={t('sharing.localNameHint')} />
      {sharing.available.some(({ isPublic }) => isPublic) && (
        <FormSwitch name="allowPublic" label={t('sharing.allowPublic')} hint={t('sharing.public')} />
      )}
    </>
  );
}

function Addresses({ sharing, encryption }: Pick<Sharing, 'encryption'> & { readonly sharing: Sharing }) {
  const { t } = useTranslation();
  const { control } = useFormContext<SharingValues>();
  const isChosen = (chosen: readonly string[]) => chosen.length > 0 || t('sharing.chooseOne');
  const { field, fieldState } = useController({ control, name: 'addresses', rules: { validate: isChosen } });
  const all = offered(sharing, encryption);
  const toggle = (address: string, isOn: boolean) =>
    field.onChange(isOn ? [...field.value, address] : field.value.filter((one) => one !== address));
  const notes = (one: (typeof all)[number]) =>
    [
      one.address.startsWith('127.') ? t('sharing.thisComputer') : one.interfaceName,
      ...(one.isPublic ? [t('sharing.public')] : []),
      ...(one.isThere ? [] : [t('sharing.missing')]),
    ].join(' · ');
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 font-medium">{t('sharing.addresses')}</legend>
      <p className="text-muted text-xs">{t(all.length === 0 ? 'sharing.noAddress' : 'sharing.addressesHint')}</p>
      {all.map((one) => (
        <label key={one.address} className="flex min-h-8 flex-wrap items-center gap-2">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={field.value.includes(one.address)}
            onChange={({ target }) => toggle(one.address, target.checked)}
          />
          <span className="break-all font-mono">{one.address}</span>
          <span className={one.isPublic ? 'text-caution text-xs' : 'text-muted text-xs'}>{notes(one)}</span>
        </label>
      ))}
      {fieldState.error && (
        <p role="alert" className="text-bad text-xs">
          {fieldState.error.message}
        </p>
      )}
    </fieldset>
  );
}
