import { useId } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form, FormSwitch, FormText, useIssues } from '../../components/form.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Change, useApi, useChange } from '../../stores/api.ts';
import { settingOf } from './notification-types.ts';

type Notifications = Output<'showNotifications'>;

interface Fields {
  readonly isOn: boolean;
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
}

const usual = { from: '22:00', to: '07:00' };

/** When nothing is shown. */
export function QuietPanel() {
  const { t } = useTranslation();
  const shown = useApi('showNotifications', {});
  const change = useChange('changeSetting', ['showNotifications', 'listSettings']);
  return (
    <Panel heading={t('notifications.quiet')} resource={shown}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        <p className="max-w-prose text-muted">{t('notifications.quietNote')}</p>
        {/* What is set from elsewhere begins the form anew. */}
        {shown.value && (
          <QuietForm key={JSON.stringify(shown.value.quiet)} notifications={shown.value} change={change} />
        )}
      </div>
    </Panel>
  );
}

interface FormProps {
  readonly notifications: Notifications;
  readonly change: Change<'changeSetting'>;
}

function QuietForm({ notifications, change }: FormProps) {
  const { t } = useTranslation();
  const zones = useId();
  const { types, quiet, timeZone: ownZone } = notifications;
  const form = useForm<Fields>({
    defaultValues: { ...(quiet ?? usual), timeZone: quiet?.timeZone ?? '', isOn: quiet !== null },
  });
  const isOn = form.watch('isOn');
  const save = ({ isOn: isWanted, timeZone, ...times }: Fields) => {
    const value = settingOf(types, isWanted ? { ...times, timeZone: timeZone.trim() || undefined } : null);
    void change.run({ name: 'notifications', value }).catch(nothing);
  };
  const isOther = (to: string) => to !== form.getValues('from') || t('notifications.sameTime');
  const { failure } = change;
  return (
    <Form form={form} className="flex max-w-xl flex-col gap-4" onSubmit={save}>
      <Issues issues={failure?.issues} />
      <FormSwitch name="isOn" label={t('notifications.quietOn')} />
      {isOn && (
        <div className="grid gap-4 sm:grid-cols-2">
          <FormText name="from" type="time" label={t('notifications.from')} isRequired />
          <FormText name="to" type="time" label={t('notifications.to')} isRequired rules={{ validate: isOther }} />
          <FormText
            {...{ name: 'timeZone', list: zones, label: t('notifications.zone') }}
            hint={t('notifications.zoneHint', { zone: ownZone })}
          />
          <datalist id={zones}>
            {Intl.supportedValuesOf('timeZone').map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </div>
      )}
      {change.result && !failure && <p role="status">{t('settings.saved')}</p>}
      {failure && !failure.issues?.length && <FailureNotice failure={failure} onRetry={change.forget} />}
      <Button type="submit" look="primary" className="self-start" disabled={change.isRunning}>
        {t('notifications.saveQuiet')}
      </Button>
    </Form>
  );
}

function Issues({ issues }: { readonly issues: Parameters<typeof useIssues>[0] }) {
  useIssues(issues, (path) => path.replace(/^quiet\./, ''));
  return null;
}

function nothing(): void {
  // The change holds its failure, and the panel shows it.
}
