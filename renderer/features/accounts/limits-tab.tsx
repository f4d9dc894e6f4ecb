import { useTranslation } from 'react-i18next';
import type { Account } from '../../components/account-state.tsx';
import { Allowed } from '../../components/allowed.tsx';
import { Gauge } from '../../components/gauge.tsx';
import { LimitGauges } from '../../components/limit-gauges.tsx';
import { formatCost, formatCount, formatFuture, formatPast } from '../../i18n/format.ts';
import { CapsForm } from './caps-form.tsx';
import { CareForm } from './care-form.tsx';
import { Section } from './section.tsx';

interface Props {
  readonly account: Account;
}

/** What its upstream allows, what its owner allows, and what is kept back. */
export function LimitsTab({ account }: Props) {
  const { t, i18n } = useTranslation();
  const { limits, caps, care } = account;
  return (
    <>
      <Section heading={t('accounts.limitsUpstream')}>
        <LimitGauges account={account} most={12} />
        {limits && (
          <p className="text-muted text-xs">
            {t('accounts.toldAt', { time: formatPast(limits.readAt, i18n.language, Date.now()) })}
          </p>
        )}
      </Section>
      <Section heading={t('accounts.caps')}>
        {caps.map((cap) => (
          <CapGauge key={cap.name} cap={cap} />
        ))}
        <Allowed to="updateAccount">
          <CapsForm key={JSON.stringify(care.caps)} account={account} />
        </Allowed>
      </Section>
      <Allowed to="updateAccount">
        <Section heading={t('accounts.care')}>
          <CareForm account={account} />
        </Section>
      </Allowed>
    </>
  );
}

function CapGauge({
  cap: { measure, amount, spent, held, resetsAt, name },
}: {
  readonly cap: Account['caps'][number];
}) {
  const { t, i18n } = useTranslation();
  const said = (value: number) =>
    measure === 'cost' ? formatCost(value, i18n.language) : formatCount(value, i18n.language);
  const used = (spent + held) / amount;
  const words = [
    t('accounts.capUsed', { spent: said(spent + held), amount: said(amount) }),
    t('limits.resets', { time: formatFuture(resetsAt, i18n.language, Date.now()) }),
  ];
  const tone = spent >= amount ? 'bad' : used >= 0.8 ? 'caution' : 'good';
  return <Gauge label={name} used={used} tone={tone} text={words.join(' · ')} />;
}
