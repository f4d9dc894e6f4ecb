import { useTranslation } from 'react-i18next';
import type { Account } from '../../components/account-state.tsx';
import { Allowed } from '../../components/allowed.tsx';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { formatMoney, formatPast } from '../../i18n/format.ts';
import { useApi, useChange } from '../../stores/api.ts';
import { ConnectionForm } from './connection-form.tsx';
import { PlaceForm } from './place-form.tsx';
import { Section } from './section.tsx';

interface Props {
  readonly account: Account;
}

/** Who uses it, what is known of it, and how it is reached. */
export function OverviewTab({ account }: Props) {
  const { t } = useTranslation();
  const providers = useApi('listProviders', {}, { every: false }).value ?? [];
  const provider = providers.find(({ id }) => id === account.provider);
  return (
    <>
      <Users id={account.id} />
      <Facts account={account} />
      {provider?.mayTellBalance && <Balance account={account} />}
      <Allowed to="updateAccount">
        <Section heading={t('accounts.placeHeading')}>
          <PlaceForm key={`${account.priority} ${account.weight} ${account.groupIds.join()}`} account={account} />
        </Section>
        {provider && (
          <Section heading={t('accounts.connection')}>
            <ConnectionForm key={account.updatedAt} account={account} provider={provider} />
          </Section>
        )}
      </Allowed>
    </>
  );
}

/** Calls on their way and conversations that stay here. */
function Users({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const keys = new Map((useApi('listKeys', {}).value ?? []).map((key) => [key.id, key.name]));
  const calls = (useApi('listRunningCalls', {}).value ?? []).filter(({ accountId }) => accountId === id);
  const sessions = (useApi('listSessions', {}).value ?? []).filter(({ accountId }) => accountId === id);
  const nameOf = (keyId: string) => keys.get(keyId) ?? t('accounts.thisComputer');
  return (
    <Section heading={t('accounts.users')}>
      {calls.length + sessions.length === 0 && <p className="text-muted">{t('accounts.nobody')}</p>}
      <ul className="flex flex-col gap-1">
        {calls.map(({ requestId, keyId, model }) => (
          <li key={requestId} className="flex items-baseline gap-2">
            <StateMark tone="good" />
            {t('accounts.callOf', { key: nameOf(keyId), model })}
          </li>
        ))}
        {sessions.map(({ id: session, keyId, family, turns }) => (
          <li key={session} className="flex items-baseline gap-2">
            <StateMark tone="quiet" />
            {t('accounts.sessionOf', { key: nameOf(keyId), model: family, count: turns })}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Facts({ account: { subscription, lastTest, createdAt } }: Props) {
  const { t, i18n } = useTranslation();
  const when = (at: number) => formatPast(at, i18n.language, Date.now());
  const facts: (readonly [string, string])[] = [[t('accounts.added'), when(createdAt)]];
  if (subscription) {
    const who = [subscription.plan, subscription.email].filter((word) => word !== undefined).join(' · ');
    facts.push([t('accounts.signedIn'), who === '' ? t(`accounts.by-${subscription.signIn ?? 'pasted'}`) : who]);
    const { termsAcceptedAt } = subscription;
    facts.push([t('accounts.terms'), termsAcceptedAt === null ? t('accounts.termsOpen') : when(termsAcceptedAt)]);
  }
  if (lastTest) {
    const outcome = t(lastTest.ok ? 'accounts.lastTestGood' : 'accounts.lastTestBad');
    facts.push([t('accounts.lastTest'), `${when(lastTest.at)} · ${outcome} ${lastTest.ok ? '' : lastTest.message}`]);
  }
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
      {facts.map(([term, text]) => (
        <div key={term} className="contents">
          <dt className="text-muted">{term}</dt>
          <dd className="min-w-0 break-words">{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function Balance({ account: { id, balance } }: Props) {
  const { t, i18n } = useTranslation();
  const refresh = useChange('refreshAccountBalance', ['listAccounts']);
  const shown = balance?.amounts
    .map(({ amount, currency }) => formatMoney(amount, currency, i18n.language))
    .join(' · ');
  return (
    <Section heading={t('accounts.balance')}>
      <p>
        {balance && shown !== ''
          ? t('accounts.balanceAt', { amount: shown, time: formatPast(balance.at, i18n.language, Date.now()) })
          : t('accounts.noBalance')}
      </p>
      <Button
        needs="refreshAccountBalance"
        className="self-start"
        disabled={refresh.isRunning}
        onClick={() => void refresh.run({ id }).catch(() => undefined)}
      >
        {t('accounts.askBalance')}
      </Button>
      {refresh.result && !refresh.failure && <p className="text-muted">{refresh.result.message}</p>}
      {refresh.failure && <FailureNotice failure={refresh.failure} onRetry={refresh.forget} />}
    </Section>
  );
}
