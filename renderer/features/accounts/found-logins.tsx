import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form, FormText } from '../../components/form.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { useApi, useChange } from '../../stores/api.ts';
import { AccountIssues } from './account-issues.tsx';
import { Terms } from './terms.tsx';
import type { ProviderKind } from './ways.ts';
import { WhoseLogin } from './whose-login.tsx';

interface Props {
  readonly providers: readonly ProviderKind[];
  onDone(): void;
}

/** Logins of the vendors' own tools: used where they lie, never copied. */
export function FoundLogins({ providers, onDone }: Props) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<ProviderKind>();
  const found = useApi('listFoundLogins', {}, { every: false });
  const shown = providers.filter(({ id }) => found.value?.some(({ provider }) => provider === id));
  if (chosen) return <LinkLogin provider={chosen} onDone={onDone} />;
  return (
    <>
      <p className="text-muted">{t('accounts.foundNote')}</p>
      {found.failure && <FailureNotice failure={found.failure} onRetry={() => void found.refresh()} />}
      {!found.value && !found.failure && <Skeleton />}
      {found.value && shown.length === 0 && (
        <EmptyState text={t('accounts.foundNothing')}>
          <Button onClick={() => void found.refresh()}>{t('accounts.lookAgain')}</Button>
        </EmptyState>
      )}
      <ul className="flex flex-col gap-2">
        {shown.map((provider) => (
          <li
            key={provider.id}
            className="flex items-center justify-between gap-3 rounded-lg border border-line px-4 py-3"
          >
            <span className="min-w-0">
              <span className="block font-medium">{t(`provider.${provider.id}`)}</span>
              {found.value?.map(
                (login) => login.provider === provider.id && <WhoseLogin key={login.provider} login={login} />,
              )}
            </span>
            <Button needs="linkLogin" look="primary" onClick={() => setChosen(provider)}>
              {t('accounts.useIt')}
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}

interface LinkProps {
  readonly provider: ProviderKind;
  onDone(): void;
}

function LinkLogin({ provider: { id }, onDone }: LinkProps) {
  const { t } = useTranslation();
  const [isAccepted, setAccepted] = useState(false);
  const link = useChange('linkLogin', ['listAccounts', 'status']);
  const form = useForm({ defaultValues: { name: '' } });
  if (!isAccepted) return <Terms onAccept={() => setAccepted(true)} />;
  const save = ({ name }: { readonly name: string }) =>
    void link.run({ target: { name, provider: id, acceptTerms: true } }).then(onDone, () => undefined);
  return (
    <Form form={form} onSubmit={save}>
      <p className="text-muted">{t('accounts.linkNote')}</p>
      <FormText name="name" label={t('accounts.name')} hint={t('accounts.nameHint')} maxLength={64} isRequired />
      <AccountIssues change={link} />
      <Button type="submit" look="primary" className="self-end" disabled={link.isRunning}>
        {t('accounts.useIt')}
      </Button>
    </Form>
  );
}
