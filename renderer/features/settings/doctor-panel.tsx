import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Panel } from '../../components/panel.tsx';
import { StateMark, type Tone } from '../../components/state-mark.tsx';
import { useApi } from '../../stores/api.ts';

const tones: Readonly<Record<'pass' | 'warn' | 'fail', Tone>> = { pass: 'good', warn: 'caution', fail: 'bad' };

/** The checks of `waystation doctor`, each with what to do about it. */
export function DoctorPanel() {
  const { t } = useTranslation();
  const report = useApi('doctor', {}, { every: false });
  return (
    <Panel
      heading={t('settings.checks')}
      note={report.value && t(report.value.healthy ? 'settings.healthy' : 'settings.unhealthy')}
      resource={report}
    >
      <ul className="divide-y divide-line px-5">
        {(report.value?.checks ?? []).map(({ name, outcome, message, fix }) => (
          <li key={name} className="flex items-baseline gap-3 py-2.5">
            <StateMark tone={tones[outcome]} />
            <span className="min-w-0">
              <span className="sr-only">{t(`settings.${outcome}`)} </span>
              <span className="font-medium">{name}</span> <span className="text-muted">{message}</span>
              {fix !== undefined && <span className="block">{fix}</span>}
            </span>
          </li>
        ))}
      </ul>
      <div className="px-5 py-4">
        <Button onClick={() => void report.refresh()}>{t('settings.checkAgain')}</Button>
      </div>
    </Panel>
  );
}
