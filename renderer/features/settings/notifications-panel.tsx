import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Switch } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { useApi, useChange } from '../../stores/api.ts';
import { useDesktop } from '../../stores/desktop.ts';
import { notificationTypes, settingOf } from './notification-types.ts';

type Types = Output<'showNotifications'>['types'];

/** What the desktop app shows as a notification, one switch for each type. */
export function NotificationsPanel() {
  const { t } = useTranslation();
  const shown = useApi('showNotifications', {});
  const change = useChange('changeSetting', ['showNotifications', 'listSettings']);
  // Until it is stored: two quick choices must not undo one another.
  const [chosen, setChosen] = useState<Types>();
  const types = chosen ?? shown.value?.types;
  const quiet = shown.value?.quiet ?? null;
  const choose = (next: Types) => {
    setChosen(next);
    const value = settingOf(next, quiet);
    const settled = () => setChosen((now) => (now === next ? undefined : now));
    void change.run({ name: 'notifications', value }).then(settled, settled);
  };
  return (
    <Panel heading={t('notifications.heading')} resource={shown}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        <p className="max-w-prose text-muted">{t('notifications.note')}</p>
        <ul className="max-w-2xl divide-y divide-line">
          {types &&
            notificationTypes.map((type) => (
              <li key={type} className="flex items-center justify-between gap-4 py-2.5">
                <div className="min-w-0">
                  <p className="font-medium">{t(`notifications.type-${type}`)}</p>
                  <p className="max-w-prose text-muted text-xs">{t(`notifications.about-${type}`)}</p>
                </div>
                <Switch
                  label={t(`notifications.type-${type}`)}
                  isOn={types[type]}
                  onChange={(isOn) => choose({ ...types, [type]: isOn })}
                />
              </li>
            ))}
        </ul>
        {change.failure && <FailureNotice failure={change.failure} onRetry={change.forget} />}
        <TestRow />
      </div>
    </Panel>
  );
}

/** Only the desktop app shows notifications. */
function TestRow() {
  const { t } = useTranslation();
  const { state, load, testNotification } = useDesktop();
  const [isShown, setShown] = useState<boolean>();
  useEffect(() => void load(), [load]);
  if (!state) return <p className="max-w-prose text-muted">{t('notifications.browser')}</p>;
  const { notifications: wanted } = state;
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Button onClick={() => void testNotification().then(setShown)}>{t('notifications.test')}</Button>
      <p role="status" className="text-muted text-xs">
        {isShown !== undefined && t(isShown ? 'notifications.tested' : 'notifications.unsupported')}
        {isShown === undefined && wanted !== 'on' && t(wanted === 'off' ? 'notifications.off' : 'notifications.asks')}
      </p>
    </div>
  );
}
