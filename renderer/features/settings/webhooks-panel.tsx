import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Panel } from '../../components/panel.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { formatPast } from '../../i18n/format.ts';
import { useApi, useChange } from '../../stores/api.ts';
import { WebhookDialog } from './webhook-dialog.tsx';

type Webhook = Output<'listWebhooks'>[number];

/** Who else is told what happens, each with what became of the last message. */
export function WebhooksPanel() {
  const { t } = useTranslation();
  const webhooks = useApi('listWebhooks', {});
  const remove = useChange('removeWebhook', ['listWebhooks']);
  const [edited, setEdited] = useState<Webhook | 'new'>();
  const [removed, setRemoved] = useState<Webhook>();
  const all = webhooks.value ?? [];
  return (
    <Panel heading={t('webhooks.heading')} resource={webhooks}>
      {all.length === 0 ? (
        <EmptyState text={t('webhooks.empty')}>
          <Button needs="createWebhook" look="primary" onClick={() => setEdited('new')}>
            {t('webhooks.create')}
          </Button>
        </EmptyState>
      ) : (
        <div className="flex flex-col gap-2 px-5 pb-5">
          <div className="flex flex-wrap items-center justify-between gap-3">
            <p className="max-w-prose text-muted">{t('webhooks.note')}</p>
            <Button needs="createWebhook" onClick={() => setEdited('new')}>
              {t('webhooks.create')}
            </Button>
          </div>
          <ul className="divide-y divide-line">
            {all.map((webhook) => (
              <WebhookItem
                key={webhook.id}
                webhook={webhook}
                onEdit={() => setEdited(webhook)}
                onRemove={() => setRemoved(webhook)}
              />
            ))}
          </ul>
          {remove.failure && <FailureNotice failure={remove.failure} onRetry={remove.forget} />}
        </div>
      )}
      {edited !== undefined && (
        <WebhookDialog webhook={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />
      )}
      {removed && (
        <ConfirmDialog
          isOpen
          title={t('webhooks.removeOf', { name: removed.name })}
          note={t('webhooks.removeNote')}
          action={t('webhooks.remove')}
          onClose={() => setRemoved(undefined)}
          onConfirm={() => {
            setRemoved(undefined);
            void remove.run({ id: removed.id }).catch(() => undefined);
          }}
        />
      )}
    </Panel>
  );
}

interface ItemProps {
  readonly webhook: Webhook;
  onEdit(): void;
  onRemove(): void;
}

function WebhookItem({ webhook, onEdit, onRemove }: ItemProps) {
  const { t } = useTranslation();
  const test = useChange('testWebhook', ['listWebhooks']);
  const { id, name, kind, host } = webhook;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3">
      <div className="min-w-0 flex-1 basis-60">
        <p className="break-words font-medium">{name}</p>
        <p className="break-words text-muted text-xs">
          {t(`webhooks.kind-${kind}`)} · {host}
        </p>
        <p className="flex items-baseline gap-2 text-xs">
          <Standing webhook={webhook} />
        </p>
        <p role="status" className="text-xs">
          {test.result?.arrived && t('webhooks.arrived', { name })}
        </p>
        {test.failure && <FailureNotice failure={test.failure} onRetry={test.forget} />}
      </div>
      <div className="flex flex-wrap gap-2">
        <Button
          needs="testWebhook"
          aria-label={t('webhooks.testOf', { name })}
          disabled={test.isRunning}
          onClick={() => void test.run({ id }).catch(() => undefined)}
        >
          {t('webhooks.test')}
        </Button>
        <Button needs="updateWebhook" aria-label={t('webhooks.editOf', { name })} onClick={onEdit}>
          {t('webhooks.edit')}
        </Button>
        <Button needs="removeWebhook" look="danger" aria-label={t('webhooks.removeOf', { name })} onClick={onRemove}>
          {t('webhooks.remove')}
        </Button>
      </div>
    </li>
  );
}

function Standing({ webhook: { isEnabled, sentAt, failure } }: Pick<ItemProps, 'webhook'>) {
  const { t, i18n } = useTranslation();
  const timeOf = (ms: number) => formatPast(ms, i18n.language, Date.now());
  if (failure) {
    return (
      <>
        <StateMark tone="bad" />
        <span className="min-w-0 break-words">
          {t('webhooks.failed', { time: timeOf(failure.at), reason: failure.message })}
        </span>
      </>
    );
  }
  return (
    <>
      <StateMark tone={isEnabled && sentAt !== undefined ? 'good' : 'quiet'} />
      <span className="text-muted">
        {!isEnabled && `${t('webhooks.isOff')} · `}
        {sentAt === undefined ? t('webhooks.never') : t('webhooks.sent', { time: timeOf(sentAt) })}
      </span>
    </>
  );
}
