import { useTranslation } from 'react-i18next';
import { Panel } from '../../components/panel.tsx';
import { useApi } from '../../stores/api.ts';

/** What protects the credentials on this computer, and what that is worth. */
export function SecretsPanel() {
  const { t } = useTranslation();
  const status = useApi('status', {});
  const { value } = status;
  return (
    <Panel heading={t('computer.secrets')} resource={status}>
      {value && (
        <div className="flex flex-col gap-2 px-5 pb-5">
          <p>
            {t('computer.sealedBy')} <strong>{t(`settings.${value.secrets}`)}</strong>
          </p>
          <p className="max-w-prose text-muted">{t(`computer.${value.secrets}`)}</p>
          {value.secretsLocked === true && (
            <p role="alert" className="text-bad">
              {t('computer.locked')}
            </p>
          )}
        </div>
      )}
    </Panel>
  );
}
