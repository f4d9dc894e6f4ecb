import { useState } from 'react';
import { useForm, useWatch } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Input } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { Form, FormSelect, FormText, type ValuesOf } from '../../components/form.tsx';
import { beginWith, typedValue } from '../../components/schema-field.ts';
import { SchemaFields } from '../../components/schema-fields.tsx';
import { useChange } from '../../stores/api.ts';
import { AccountIssues } from './account-issues.tsx';
import { LocalQuestion, useLocalQuestion } from './local-question.tsx';
import { beginSettings, type ProviderKind, secretFormsOf, secretLine, settingFieldsOf } from './ways.ts';
import { useFieldWords } from './words.ts';

interface Props {
  readonly providers: readonly ProviderKind[];
  onDone(): void;
}

/** A key, a cloud or an address: which kind, then the fields that its schema names. */
export function AddWithFields({ providers, onDone }: Props) {
  const { t } = useTranslation();
  const [id, setId] = useState(providers[0]?.id);
  const provider = providers.find((one) => one.id === id);
  return (
    <>
      {providers.length > 1 && (
        <div className="flex flex-col gap-1">
          <span id="account-kind" className="font-medium">
            {t('accounts.kind')}
          </span>
          <div role="radiogroup" aria-labelledby="account-kind" className="flex flex-wrap gap-2">
            {providers.map((one) => (
              <label
                key={one.id}
                className="inline-flex min-h-8 items-center gap-2 rounded-lg border border-line px-3 has-checked:border-accent has-checked:bg-sunken"
              >
                <input
                  type="radio"
                  name="kind"
                  checked={one.id === id}
                  onChange={() => setId(one.id)}
                  className="accent-accent"
                />
                {t(`provider.${one.id}`)}
              </label>
            ))}
          </div>
        </div>
      )}
      {provider && <ProviderForm key={provider.id} provider={provider} onDone={onDone} />}
    </>
  );
}

interface ProviderFormProps {
  readonly provider: ProviderKind;
  onDone(): void;
}

function ProviderForm({ provider, onDone }: ProviderFormProps) {
  const { t } = useTranslation();
  const create = useChange('createAccount', ['listAccounts', 'status']);
  const question = useLocalQuestion(create);
  const forms = secretFormsOf(provider);
  const form = useForm({
    defaultValues: {
      ...{ name: '', settings: beginSettings(provider), proxy: '', secretKind: forms[0]?.kind ?? '' },
      secret: beginWith(
        forms.flatMap(({ fields }) => fields),
        null,
      ),
    },
  });
  const save = (typed: ValuesOf<typeof form>) => {
    const chosen = forms.find(({ kind }) => kind === typed.secretKind);
    const account: Input<'createAccount'> = {
      ...{ name: typed.name, provider: provider.id },
      settings: typedValue(settingFieldsOf(provider), typed.settings),
      ...(chosen && { secret: secretLine(chosen, typed.secret) }),
      ...(typed.proxy !== '' && { proxy: typed.proxy }),
    };
    question.ask((allowLocalUpstream) => create.run({ ...account, allowLocalUpstream }).then(onDone, nothing));
  };
  return (
    <Form form={form} onSubmit={save}>
      <FormText name="name" label={t('accounts.name')} hint={t('accounts.nameHint')} maxLength={64} isRequired />
      <Fields provider={provider} />
      <details>
        <summary className="min-h-6 cursor-pointer font-medium">{t('accounts.proxy')}</summary>
        <div className="mt-3">
          <FormText
            name="proxy"
            label={t('accounts.proxyAddress')}
            hint={t('accounts.proxyHint')}
            placeholder="socks5://127.0.0.1:1080"
          />
        </div>
      </details>
      <AccountIssues change={create} />
      <div className="flex justify-end gap-2">
        <Button type="submit" look="primary" disabled={create.isRunning}>
          {t('accounts.save')}
        </Button>
      </div>
      <LocalQuestion question={question} />
    </Form>
  );
}

function Fields({ provider }: { readonly provider: ProviderKind }) {
  const { t } = useTranslation();
  const { formOf, ...words } = useFieldWords();
  const forms = secretFormsOf(provider);
  const kind: unknown = useWatch({ name: 'secretKind' });
  const chosen = forms.find((form) => form.kind === kind);
  return (
    <>
      {forms.length > 1 && (
        <FormSelect
          name="secretKind"
          label={t('accounts.credential')}
          options={forms.map((form) => ({ value: form.kind, text: formOf(form.kind, form.title) }))}
        />
      )}
      {chosen && <SchemaFields key={chosen.kind} fields={chosen.fields} prefix="secret" isSecret {...words} />}
      <SchemaFields fields={settingFieldsOf(provider)} prefix="settings" {...words} />
    </>
  );
}

function nothing(): void {
  // The change holds its failure, and the form shows it.
}
