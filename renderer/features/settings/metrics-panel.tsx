import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { CommandLine } from '../../components/command-line.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Panel } from '../../components/panel.tsx';
import { useApi, useChange } from '../../stores/api.ts';

/** Today's sums for a monitoring program: shut until its owner makes a token for it. */
export function MetricsPanel() {
  const { t } = useTranslation();
  const access = useApi('showMetricsAccess', {});
  const make = useChange('makeMetricsToken', ['showMetricsAccess']);
  const remove = useChange('removeMetricsToken', ['showMetricsAccess']);
  const isOn = access.value?.isOn === true;
  const isRunning = make.isRunning || remove.isRunning;
  const failure = make.failure ?? remove.failure;
  const forget = () => {
    make.forget();
    remove.forget();
  };
  return (
    <Panel heading={t('settings.metrics')} resource={access}>
      <div className="flex flex-col gap-3 px-5 pb-5">
        <p className="max-w-prose text-muted">{t('settings.metricsNote')}</p>
        <code className="break-all font-mono text-xs">{`${location.origin}/metrics`}</code>
        <p role="status">{t(isOn ? 'settings.metricsOn' : 'settings.metricsOff')}</p>
        {make.result && isOn && (
          <div className="flex max-w-prose flex-col gap-1">
            <CommandLine text={make.result.token} />
            <p className="text-muted text-xs">{t('settings.metricsOnce')}</p>
          </div>
        )}
        {failure && <FailureNotice failure={failure} onRetry={forget} />}
        <div className="flex flex-wrap gap-2">
          <Button
            needs="makeMetricsToken"
            disabled={isRunning}
            onClick={() => void make.run({}).catch(() => undefined)}
          >
            {t(isOn ? 'settings.metricsAnew' : 'settings.metricsMake')}
          </Button>
          {isOn && (
            <Button
              needs="removeMetricsToken"
              look="danger"
              disabled={isRunning}
              onClick={() => void remove.run({}).then(make.forget, () => undefined)}
            >
              {t('settings.metricsRemove')}
            </Button>
          )}
        </div>
      </div>
    </Panel>
  );
}
