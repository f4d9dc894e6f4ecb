import { useForm, useFormContext } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { usualWebhookTypes, webhookTypes } from '../../../app/server/admin/contract-webhooks.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form, FormSelect, FormSwitch, FormText, useIssues } from '../../components/form.tsx';
import { useChange } from '../../stores/api.ts';
import { type NotificationType, notificationTypes } from './notification-types.ts';

type Webhook = Output<'listWebhooks'>[number];
type Kind = Webhook['kind'];

const kinds: readonly Kind[] = ['slack', 'feishu', 'wecom', 'dingtalk', 'telegram', 'generic'];
const languages: readonly Webhook['language'][] = ['en', 'zh-CN', 'ja'];
const languageNames: Readonly<Record<Webhook['language'], string>> = {
  en: 'English',
  'zh-CN': '简体中文',
  ja: '日本語',
};
const types = notificationTypes.filter((type) => webhookTypes.includes(type));
const usualTypes = types.filter((type) => usualWebhookTypes.includes(type));
const hasSecret: readonly Kind[] = ['feishu', 'dingtalk', 'generic', 'telegram'];

interface Fields {
  readonly kind: Kind;
  readonly name: string;
  readonly url: string;
  readonly secret: string;
  readonly chatId: string;
  readonly types: NotificationType[];
  readonly language: Webhook['language'];
  readonly allowLocal: boolean;
  readonly isEnabled: boolean;
}

interface Props {
  /** Undefined: a new one. */
  readonly webhook: Webhook | undefined;
  onClose(): void;
}

export function WebhookDialog({ webhook, onClose }: Props) {
  const { t, i18n } = useTranslation();
  const create = useChange('createWebhook', ['listWebhooks']);
  const update = useChange('updateWebhook', ['listWebhooks']);
  const form = useForm<Fields>({ defaultValues: beginWith(webhook, i18n.language) });
  const kind = form.watch('kind');
  const save = ({ kind: _, url, secret, chatId, ...rest }: Fields) => {
    const filled = { ...(url && { url }), ...(secret && { secret }), ...(kind === 'telegram' && { chatId }) };
    const saved = webhook
      ? update.run({ id: webhook.id, ...rest, ...filled })
      : create.run({ kind, ...rest, ...filled });
    void saved.then(onClose, () => undefined);
  };
  const failure = create.failure ?? update.failure;
  const kept = webhook ? t('webhooks.kept') : undefined;
  return (
    <Dialog isOpen title={webhook ? t('webhooks.editOf', webhook) : t('webhooks.create')} onClose={onClose}>
      <Form form={form} onSubmit={save}>
        <Issues issues={failure?.issues} />
        {!webhook && (
          <FormSelect
            name="kind"
            label={t('webhooks.kind')}
            options={kinds.map((value) => ({ value, text: t(`webhooks.kind-${value}`) }))}
          />
        )}
        <FormText name="name" label={t('webhooks.name')} isRequired maxLength={64} />
        {kind !== 'telegram' && (
          <FormText
            {...{ name: 'url', type: 'url', label: t('webhooks.url'), isRequired: !webhook }}
            hint={kept ?? t('webhooks.urlHint')}
          />
        )}
        {hasSecret.includes(kind) && (
          <FormText
            {...{ name: 'secret', type: 'password', isRequired: !webhook && kind === 'telegram' }}
            label={t(kind === 'telegram' ? 'webhooks.token' : 'webhooks.secret')}
            hint={kept ?? (kind === 'telegram' ? undefined : t('webhooks.signs'))}
          />
        )}
        {kind === 'telegram' && (
          <FormText name="chatId" label={t('webhooks.chat')} hint={t('webhooks.chatHint')} isRequired />
        )}
        <TypesField />
        <FormSelect
          name="language"
          label={t('webhooks.language')}
          options={languages.map((value) => ({ value, text: languageNames[value] }))}
        />
        <FormSwitch name="allowLocal" label={t('webhooks.allowLocal')} hint={t('webhooks.allowLocalHint')} />
        <FormSwitch name="isEnabled" label={t('webhooks.isEnabled')} />
        {failure && !failure.issues?.length && (
          <FailureNotice failure={failure} onRetry={() => void form.handleSubmit(save)()} />
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="submit" look="primary" disabled={create.isRunning || update.isRunning}>
            {t('action.save')}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

function Issues({ issues }: { readonly issues: Parameters<typeof useIssues>[0] }) {
  useIssues(issues);
  return null;
}

function TypesField() {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<Fields>();
  const isChosen = (chosen: readonly NotificationType[]) => chosen.length > 0 || t('webhooks.noType');
  const error = formState.errors.types?.message;
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 font-medium">{t('webhooks.types')}</legend>
      <div className="grid gap-x-4 sm:grid-cols-2">
        {types.map((type) => (
          <label key={type} className="flex min-h-7 items-center gap-2">
            <input type="checkbox" value={type} {...register('types', { validate: isChosen })} />
            {t(`notifications.type-${type}`)}
          </label>
        ))}
      </div>
      {error !== undefined && (
        <p role="alert" className="text-bad text-xs">
          {error}
        </p>
      )}
    </fieldset>
  );
}

function beginWith(webhook: Webhook | undefined, language: string): Fields {
  const empty = { url: '', secret: '', chatId: webhook?.chatId ?? '' };
  if (webhook) {
    const { kind, name, types: chosen, language: spoken, allowLocal, isEnabled } = webhook;
    return { ...empty, kind, name, types: chosen, language: spoken, allowLocal, isEnabled };
  }
  const own = languages.find((one) => one === language) ?? 'en';
  const off = { allowLocal: false, isEnabled: true };
  return { ...empty, ...off, kind: 'slack', name: '', types: usualTypes, language: own };
}
