import { ArrowDown, ArrowUp } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { IconButton } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Masked } from '../../components/masked.tsx';
import { Panel } from '../../components/panel.tsx';
import { useApi, useChange } from '../../stores/api.ts';
import { moved, stepsOf } from './steps.ts';

type Account = Output<'listAccounts'>[number];

/** Who is asked first, and who only when the others cannot. */
export function OrderPanel() {
  const { t } = useTranslation();
  const accounts = useApi('listAccounts', {});
  const order = useChange('orderAccounts', ['listAccounts']);
  const steps = stepsOf(accounts.value ?? []);
  const ids = steps.map((step) => step.map(({ id }) => id));
  const move = (steps: string[][] | undefined) => {
    if (steps) void order.run({ steps }).catch(nothing);
  };
  return (
    <Panel heading={t('routing.order')} resource={accounts}>
      <p className="px-5 pb-2 text-muted">{t('routing.orderNote')}</p>
      {order.failure && <FailureNotice failure={order.failure} onRetry={order.forget} />}
      {steps.length === 0 && <EmptyState text={t('routing.noAccounts')} />}
      <ol className="flex flex-col gap-2 px-5 pb-5">
        {steps.map((step, index) => (
          <li key={step.map(({ id }) => id).join()} className="rounded-lg border border-line px-3 py-2">
            <p className="text-muted text-xs">{t('routing.step', { number: index + 1 })}</p>
            <ul>
              {step.map((account) => (
                <Row
                  key={account.id}
                  account={account}
                  up={moved(ids, account.id, -1)}
                  down={moved(ids, account.id, 1)}
                  onMove={move}
                />
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

interface RowProps {
  readonly account: Account;
  /** What the steps would be; undefined when there is no way to go. */
  readonly up: string[][] | undefined;
  readonly down: string[][] | undefined;
  onMove(steps: string[][] | undefined): void;
}

function Row({ account: { name, weight }, up, down, onMove }: RowProps) {
  const { t } = useTranslation();
  return (
    <li className="flex items-center gap-2">
      <span className="min-w-0 flex-1 truncate font-medium">
        <Masked text={name} />
      </span>
      <span className="text-muted text-xs">{t('routing.weight', { weight })}</span>
      <IconButton label={t('routing.up', { name })} disabled={!up} onClick={() => onMove(up)}>
        <ArrowUp className="size-4" aria-hidden="true" />
      </IconButton>
      <IconButton label={t('routing.down', { name })} disabled={!down} onClick={() => onMove(down)}>
        <ArrowDown className="size-4" aria-hidden="true" />
      </IconButton>
    </li>
  );
}

function nothing(): void {
  // The change holds its failure, and the panel shows it.
}
