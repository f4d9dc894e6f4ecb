import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Input } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { Form, FormSelect, FormText, type ValuesOf } from '../../components/form.tsx';
import { typedValue } from '../../components/schema-field.ts';
import { SchemaFields } from '../../components/schema-fields.tsx';
import { useChange } from '../../stores/api.ts';
import { AccountIssues } from './account-issues.tsx';
import { LocalQuestion, useLocalQuestion } from './local-question.tsx';
import { SignInSteps } from './sign-in-steps.tsx';
import { Terms } from './terms.tsx';
import { beginSettings, type ProviderKind, settingFieldsOf } from './ways.ts';
import { useFieldWords } from './words.ts';

export type SignInTarget = Input<'startLogin'>['target'];

interface Props {
  readonly providers: readonly ProviderKind[];
  onDone(): void;
}

const manners = ['loopback', 'paste', 'setup-token', 'have-token'] as const;

/** The note of terms, whom to sign in, and how; then the page of the provider. */
export function AddBySignIn({ providers, onDone }: Props) {
  const { t } = useTranslation();
  const [isAccepted, setAccepted] = useState(false);
  const [started, setStarted] = useState<Omit<Input<'startLogin'>, 'target'> & { readonly target: SignInTarget }>();
  if (!isAccepted) return <Terms onAccept={() => setAccepted(true)} />;
  if (started) return <SignInSteps ask={started} onDone={onDone} onBack={() => setStarted(undefined)} />;
  return (
    <>
      <p className="text-muted">{t('accounts.termsAccepted')}</p>
      <SubjectForm providers={providers} onStart={setStarted} onDone={onDone} />
    </>
  );
}

interface SubjectProps extends Props {
  onStart(ask: Input<'startLogin'>): void;
}

function SubjectForm({ providers, onStart, onDone }: SubjectProps) {
  const { t } = useTranslation();
  const words = useFieldWords();
  const create = useChange('createAccount', ['listAccounts', 'status']);
  const question = useLocalQuestion(create);
  const [first] = providers;
  const form = useForm({
    defaultValues: {
      ...{ provider: first?.id ?? '', name: '', manner: 'loopback', secret: { token: '' } },
      settings: first ? beginSettings(first) : {},
    },
  });
  const [providerId, manner] = form.watch(['provider', 'manner']);
  const provider = providers.find(({ id }) => id === providerId);
  const offered = manners.filter((one) => one !== 'setup-token' || provider?.signIn?.hasSetupToken === true);
  const save = (typed: ValuesOf<typeof form>) => {
    if (!provider) return;
    const settings = typedValue(settingFieldsOf(provider), typed.settings);
    const target = { ...{ name: typed.name, provider: provider.id, settings }, acceptTerms: true };
    if (manner === 'have-token') {
      const { token: secret } = typed.secret;
      question.ask((allowLocalUpstream) =>
        create.run({ ...target, secret, allowLocalUpstream }).then(onDone, () => undefined),
      );
      return;
    }
    const isSetupToken = manner === 'setup-token';
    onStart({ target, way: manner === 'paste' ? 'paste' : 'loopback', isSetupToken });
  };
  return (
    <Form form={form} onSubmit={save}>
      <FormSelect
        name="provider"
        label={t('accounts.kind')}
        options={providers.map(({ id }) => ({ value: id, text: t(`provider.${id}`) }))}
      />
      <FormText name="name" label={t('accounts.name')} hint={t('accounts.nameHint')} maxLength={64} isRequired />
      <FormSelect
        name="manner"
        label={t('accounts.manner')}
        options={offered.map((value) => ({ value, text: t(`accounts.manner-${value}`) }))}
      />
      {manner === 'have-token' && (
        <FormText name="secret.token" type="password" label={t('accounts.fieldToken')} isRequired />
      )}
      {provider && (
        <details>
          <summary className="min-h-6 cursor-pointer font-medium">{t('accounts.more')}</summary>
          <div className="mt-3 flex flex-col gap-4">
            <SchemaFields fields={settingFieldsOf(provider)} prefix="settings" {...words} />
          </div>
        </details>
      )}
      <AccountIssues change={create} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" disabled={create.isRunning}>
          {t(manner === 'have-token' ? 'accounts.save' : 'accounts.toSignIn')}
        </Button>
      </div>
      <LocalQuestion question={question} />
    </Form>
  );
}
