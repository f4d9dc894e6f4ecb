import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { useChange } from '../../stores/api.ts';
import { perMillion } from './price-fields.ts';

type Checked = Output<'checkPrices'>;
type Changed = Checked['changed'][number];

interface Props {
  readonly checked: Checked;
  readonly isRollBack: boolean;
  onClose(): void;
}

/** What another table would change, before it does. */
export function PriceDiff({ checked, isRollBack, onClose }: Props) {
  const { t, i18n } = useTranslation();
  const apply = useChange('applyPrices', ['showPrices', 'listModelPrices']);
  const { version, current, added, removed, changed, suspicions } = checked;
  const run = () =>
    apply.run({ version, current, isRollBack, acceptSuspicious: suspicions.length > 0 }).then(onClose, () => undefined);
  const price = (nanoUsd: number | null) => (nanoUsd === null ? '–' : perMillion(nanoUsd, i18n.language));
  const columns: readonly Column<Changed>[] = [
    { name: 'model', heading: t('usage.model'), cell: ({ model }) => <code>{model}</code> },
    { name: 'field', heading: t('prices.field'), cell: ({ field }) => <code>{field}</code> },
    { name: 'before', heading: t('prices.before'), isNumber: true, cell: ({ before }) => price(before) },
    { name: 'after', heading: t('prices.after'), isNumber: true, cell: ({ after }) => price(after) },
  ];
  return (
    <Dialog
      isOpen
      title={t('prices.diff', { version })}
      note={t('prices.counts', { added: added.length, removed: removed.length, changed: changed.length })}
      onClose={onClose}
    >
      <div className="flex flex-col gap-4">
        {changed.length > 0 && (
          <Table
            label={t('prices.diff', { version })}
            columns={columns}
            rows={changed}
            keyOf={({ model, field }) => `${model} ${field}`}
          />
        )}
        {added.length > 0 && <p className="break-words">{t('prices.added', { models: added.join(', ') })}</p>}
        {removed.length > 0 && <p className="break-words">{t('prices.removed', { models: removed.join(', ') })}</p>}
        {suspicions.length > 0 && (
          <ul className="flex flex-col gap-1">
            {suspicions.map((one) => (
              <li key={one} className="flex items-baseline gap-2">
                <StateMark tone="caution" />
                {one}
              </li>
            ))}
          </ul>
        )}
        <p className="text-muted">{t('prices.keep')}</p>
        {apply.failure && <FailureNotice failure={apply.failure} onRetry={() => void run()} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button
            look={suspicions.length > 0 ? 'danger' : 'primary'}
            disabled={apply.isRunning}
            onClick={() => void run()}
          >
            {t(suspicions.length > 0 ? 'prices.useAnyway' : 'prices.use')}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
