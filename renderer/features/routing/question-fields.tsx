import { useId } from 'react';
import { useFormContext } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { FormSelect, FormText } from '../../components/form.tsx';
import { useApi } from '../../stores/api.ts';
import type { TypedChange } from './question.ts';
import { strategies } from './rules-panel.tsx';

const routes = ['messages', 'chat', 'responses', 'generate'] as const;
const clients = ['claude-code', 'codex', 'gemini-cli'] as const;

interface Props {
  readonly accounts: Output<'listAccounts'>;
}

/** What is asked, when and by whom; and which rules it would meet. */
export function QuestionFields({ accounts }: Props) {
  const { t } = useTranslation();
  const models = useId();
  const offered = useApi('listModels', {}, { every: false }).value ?? [];
  const keys = useApi('listKeys', {}).value ?? [];
  const named = (list: readonly { readonly id: string; readonly name: string }[]) =>
    list.map(({ id, name }) => ({ value: id, text: name }));
  return (
    <>
      <FormText name="model" label={t('routing.model')} placeholder="claude-sonnet-4-5" list={models} isRequired />
      <datalist id={models}>
        {offered.map(({ id }) => (
          <option key={id} value={id} />
        ))}
      </datalist>
      <details>
        <summary className="min-h-6 cursor-pointer font-medium">{t('routing.shape')}</summary>
        <div className="mt-3 grid gap-3 sm:grid-cols-2">
          <FormSelect
            name="route"
            label={t('routing.route')}
            options={routes.map((value) => ({ value, text: t(`routing.route-${value}`) }))}
          />
          <FormSelect
            name="client"
            label={t('routing.client')}
            options={[{ value: '', text: t('routing.anyClient') }, ...clients.map((value) => ({ value, text: value }))]}
          />
          <FormSelect
            name="key"
            label={t('routing.key')}
            options={[{ value: '', text: t('routing.ownCall') }, ...named(keys)]}
          />
          <FormSelect
            name="sessionAt"
            label={t('routing.sessionAt')}
            options={[{ value: '', text: t('routing.noSession') }, ...named(accounts)]}
          />
          <FormText name="at" type="datetime-local" label={t('routing.at')} hint={t('routing.atHint')} />
        </div>
      </details>
      <details>
        <summary className="min-h-6 cursor-pointer font-medium">{t('routing.whatIf')}</summary>
        <WhatIfFields />
      </details>
    </>
  );
}

function WhatIfFields() {
  const { t } = useTranslation();
  const { getValues } = useFormContext<{ accounts: readonly TypedChange[] }>();
  const asIs = { value: '', text: t('routing.asIs') };
  const within = {
    validate: (value: unknown) => {
      const number = Number(value);
      const isFit = value === '' || (Number.isInteger(number) && number >= 1 && number <= 100);
      return isFit || t('form.between', { min: 1, max: 100 });
    },
  };
  return (
    <div className="mt-3 flex flex-col gap-3">
      <FormSelect
        name="strategy"
        label={t('routing.otherStrategy')}
        options={[asIs, ...strategies.map((value) => ({ value, text: t(`routing.${value}`) }))]}
      />
      {getValues('accounts').map(({ accountId, name }, index) => (
        <fieldset key={accountId} className="grid grid-cols-3 items-start gap-2 rounded-lg border border-line p-3">
          <legend className="px-1 font-medium">{name}</legend>
          <FormSelect
            name={`accounts.${index}.state`}
            label={t('routing.ifState')}
            options={[asIs, { value: 'on', text: t('routing.ifOn') }, { value: 'off', text: t('routing.ifOff') }]}
          />
          <FormText name={`accounts.${index}.priority`} type="number" label={t('routing.ifPriority')} rules={within} />
          <FormText name={`accounts.${index}.stopAt`} type="number" label={t('routing.ifStopAt')} rules={within} />
        </fieldset>
      ))}
    </div>
  );
}
