import { ArrowDown, ArrowUp, GripVertical } from 'lucide-react';
import { type DragEvent, type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Allowed, useMay } from '../../components/allowed.tsx';
import { IconButton } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Masked } from '../../components/masked.tsx';
import { Panel } from '../../components/panel.tsx';
import { useApi, useChange } from '../../stores/api.ts';
import { moved, type Place, placed, stepsOf } from './steps.ts';

type Account = Output<'listAccounts'>[number];

/** Who is asked first, and who only when the others cannot: by dragging, by buttons, and by Alt with the arrow keys. */
export function OrderPanel() {
  const { t } = useTranslation();
  const accounts = useApi('listAccounts', {});
  const order = useChange('orderAccounts', ['listAccounts']);
  const [dragged, setDragged] = useState<string>();
  const steps = stepsOf(accounts.value ?? []);
  const ids = steps.map((step) => step.map(({ id }) => id));
  const move = (wanted: string[][] | undefined) => {
    setDragged(undefined);
    if (wanted) void order.run({ steps: wanted }).catch(nothing);
  };
  const drop = (place: Place) => dragged !== undefined && move(placed(ids, dragged, place));
  return (
    <Panel heading={t('routing.order')} resource={accounts}>
      <Allowed to="orderAccounts">
        <p className="px-5 pb-2 text-muted">{t('routing.orderNote')}</p>
      </Allowed>
      {order.failure && <FailureNotice failure={order.failure} onRetry={order.forget} />}
      {steps.length === 0 && <EmptyState text={t('routing.noAccounts')} />}
      <ol className="flex flex-col px-5 pb-5">
        {steps.map((step, index) => (
          <li key={step.map(({ id }) => id).join()}>
            <Gap isOpen={dragged !== undefined} onDrop={() => drop({ before: index })} />
            <div className="rounded-lg border border-line px-3 py-2" {...dropTarget(() => drop({ into: index }))}>
              <p className="text-muted text-xs">{t('routing.step', { number: index + 1 })}</p>
              <ul>
                {step.map((account) => (
                  <Row
                    key={account.id}
                    account={account}
                    up={moved(ids, account.id, -1)}
                    down={moved(ids, account.id, 1)}
                    onMove={move}
                    onDrag={setDragged}
                  />
                ))}
              </ul>
            </div>
            {index === steps.length - 1 && (
              <Gap isOpen={dragged !== undefined} onDrop={() => drop({ before: steps.length })} />
            )}
          </li>
        ))}
      </ol>
    </Panel>
  );
}

/** Between two steps: what is dropped here gets one of its own. */
function Gap({ isOpen, onDrop }: { readonly isOpen: boolean; readonly onDrop: () => void }) {
  return (
    <div className={`h-2 rounded ${isOpen ? 'outline-1 outline-accent outline-dashed' : ''}`} {...dropTarget(onDrop)} />
  );
}

function dropTarget(onDrop: () => void) {
  return {
    onDragOver: (event: DragEvent) => event.preventDefault(),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      onDrop();
    },
  };
}

interface RowProps {
  readonly account: Account;
  /** What the steps would be; undefined when there is no way to go. */
  readonly up: string[][] | undefined;
  readonly down: string[][] | undefined;
  onMove(steps: string[][] | undefined): void;
  onDrag(id: string | undefined): void;
}

function Row({ account: { id, name, weight }, up, down, onMove, onDrag }: RowProps) {
  const { t } = useTranslation();
  const mayOrder = useMay()('orderAccounts');
  const onKey = ({ altKey, key }: KeyboardEvent) => {
    if (!mayOrder) return;
    if (altKey && key === 'ArrowUp') onMove(up);
    if (altKey && key === 'ArrowDown') onMove(down);
  };
  return (
    <li
      className="flex items-center gap-2"
      draggable={mayOrder}
      onDragStart={(event) => {
        event.dataTransfer.effectAllowed = 'move';
        event.dataTransfer.setData('text/plain', id);
        onDrag(id);
      }}
      onDragEnd={() => onDrag(undefined)}
      onKeyDown={onKey}
    >
      {mayOrder && <GripVertical className="size-4 shrink-0 cursor-grab text-muted" aria-hidden="true" />}
      <span className="min-w-0 flex-1 truncate font-medium">
        <Masked text={name} />
      </span>
      <span className="text-muted text-xs">{t('routing.weight', { weight })}</span>
      <IconButton needs="orderAccounts" label={t('routing.up', { name })} disabled={!up} onClick={() => onMove(up)}>
        <ArrowUp className="size-4" aria-hidden="true" />
      </IconButton>
      <IconButton
        needs="orderAccounts"
        label={t('routing.down', { name })}
        disabled={!down}
        onClick={() => onMove(down)}
      >
        <ArrowDown className="size-4" aria-hidden="true" />
      </IconButton>
    </li>
  );
}

function nothing(): void {
  // The change holds its failure, and the panel shows it.
}
