import { useTranslation } from 'react-i18next';
import { Panel } from '../../components/panel.tsx';
import { formatPast } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';

/** Where the relay is and what it keeps its things in. */
export function AboutPanel() {
  const { t, i18n } = useTranslation();
  const status = useApi('status', {});
  const { value } = status;
  const facts: readonly (readonly [string, string])[] = value
    ? [
        [t('settings.version'), value.version],
        [t('settings.address'), value.url ?? location.origin],
        [t('settings.folder'), value.dataDir],
        [t('settings.store'), t(`settings.${value.store}`)],
        [t('settings.secrets'), t(`settings.${value.secrets}`)],
        ...(value.startedAt === null
          ? []
          : ([[t('settings.started'), formatPast(value.startedAt, i18n.language, Date.now())]] as const)),
      ]
    : [];
  return (
    <Panel heading={t('settings.about')} resource={status}>
      <dl className="grid gap-x-6 gap-y-2 px-5 pb-5 sm:grid-cols-[12rem_1fr]">
        {facts.map(([name, text]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="break-all">{text}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
