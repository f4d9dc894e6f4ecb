import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog, Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Gauge } from '../../components/gauge.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { formatCost, formatCount, formatFuture, formatPast } from '../../i18n/format.ts';
import { useApi, useChange } from '../../stores/api.ts';
import { Snippets } from './snippets.tsx';

type Shown = Output<'showKey'>;
type Standing = Shown['standings'][number];

const outdated = ['listKeys', 'showKey', 'status'] as const;

/** One key: how its limits stand, and what its owner can do with it. */
export function KeyPane({ id, onClose }: { readonly id: string; onClose(): void }) {
  const { t } = useTranslation();
  const found = useApi('showKey', { id });
  return (
    <Dialog isPane isOpen title={found.value?.name ?? t('keys.heading')} note={found.value?.owner} onClose={onClose}>
      {found.value && <KeyDetails shown={found.value} onClose={onClose} />}
      {!found.value && found.failure && <FailureNotice failure={found.failure} onRetry={() => void found.refresh()} />}
      {!found.value && !found.failure && <Skeleton />}
    </Dialog>
  );
}

function KeyDetails({ shown, onClose }: { readonly shown: Shown; onClose(): void }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<'rotate' | 'remove'>();
  const update = useChange('updateKey', outdated);
  const rotate = useChange('rotateKey', outdated);
  const remove = useChange('removeKey', outdated);
  const address = useApi('status', {}).value?.url ?? location.origin;
  const failure = update.failure ?? rotate.failure ?? remove.failure;
  const { id, name, isEnabled, standings } = shown;
  const act = { rotate: () => rotate.run({ id }), remove: () => remove.run({ id }).then(onClose) };
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => void update.run({ id, isEnabled: !isEnabled }).catch(nothing)}>
          {t(isEnabled ? 'keys.disable' : 'keys.enable')}
        </Button>
        <Button onClick={() => setAsking('rotate')}>{t('keys.rotate')}</Button>
        <Button look="danger" onClick={() => setAsking('remove')}>
          {t('keys.remove')}
        </Button>
      </div>
      {failure && <FailureNotice failure={failure} onRetry={update.forget} />}
      {rotate.result && (
        <section>
          <p className="mb-2 font-medium">{t('keys.once')}</p>
          <Snippets address={address} secret={rotate.result.key} />
        </section>
      )}
      <section className="flex flex-col gap-3">
        <h3 className="font-semibold">{t('accounts.limits')}</h3>
        {standings.length === 0 && <p className="text-muted">{t('keys.unlimited')}</p>}
        {standings.map((standing) => (
          <StandingGauge key={standing.name} standing={standing} />
        ))}
      </section>
      <Facts shown={shown} />
      <ConfirmDialog
        isOpen={asking !== undefined}
        title={asking === 'rotate' ? t('keys.rotateTitle', { name }) : t('keys.removeTitle', { name })}
        note={asking === 'rotate' ? t('keys.rotateNote') : t('keys.removeNote')}
        action={asking === 'rotate' ? t('keys.rotate') : t('keys.remove')}
        onClose={() => setAsking(undefined)}
        onConfirm={() => {
          if (asking) void act[asking]().catch(nothing);
          setAsking(undefined);
        }}
      />
    </div>
  );
}

function StandingGauge({
  standing: { name, measure, amount, spent, held, resetsAt },
}: {
  readonly standing: Standing;
}) {
  const { t, i18n } = useTranslation();
  const say = (value: number) =>
    measure === 'cost' ? formatCost(value, i18n.language) : formatCount(value, i18n.language);
  const words = [
    t('keys.spent', { spent: say(spent + held), amount: say(amount) }),
    ...(resetsAt === undefined
      ? []
      : [t('limits.resets', { time: formatFuture(resetsAt, i18n.language, Date.now()) })]),
  ];
  const used = (spent + held) / amount;
  return (
    <Gauge
      label={name}
      used={used}
      tone={used >= 1 ? 'bad' : used >= 0.8 ? 'caution' : 'good'}
      text={words.join(' · ')}
    />
  );
}

/** What it may do, in few words; empty lists allow everything. */
function Facts({ shown }: { readonly shown: Shown }) {
  const { t, i18n } = useTranslation();
  const everything = t('keys.everything');
  const list = (values: readonly string[]) => (values.length === 0 ? everything : values.join(', '));
  const facts: readonly (readonly [string, string])[] = [
    [t('keys.services'), list(shown.services)],
    [t('keys.models'), list(shown.models)],
    [
      t('keys.concurrent'),
      shown.maxConcurrent === undefined ? everything : formatCount(shown.maxConcurrent, i18n.language),
    ],
    [t('keys.from'), list(shown.addresses)],
    [t('keys.lastUse'), shown.lastUse ? formatPast(shown.lastUse.at, i18n.language, Date.now()) : t('keys.never')],
    [t('keys.createdAt'), formatPast(shown.createdAt, i18n.language, Date.now())],
  ];
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function nothing(): void {
  // The change holds its failure, and the pane shows it.
}
