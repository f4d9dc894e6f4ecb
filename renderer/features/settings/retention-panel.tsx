import { useTranslation } from 'react-i18next';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Panel } from '../../components/panel.tsx';
import { SchemaForm } from '../../components/schema-form.tsx';
import { useApi, useChange } from '../../stores/api.ts';

const orNothing = { type: 'null' };
const schema = {
  type: 'object',
  properties: {
    days: { anyOf: [{ type: 'integer', minimum: 1, maximum: 36_500 }, orNothing] },
    maxRows: { anyOf: [{ type: 'integer', minimum: 1_000, maximum: 1_000_000_000 }, orNothing] },
  },
};

/** How long single calls are kept; the sums of each day stay. */
export function RetentionPanel() {
  const { t } = useTranslation();
  const retention = useApi('showRetention', {});
  const change = useChange('updateRetention', ['showRetention']);
  const { days = null, maxRows = null } = retention.value ?? {};
  const save = (given: unknown) => {
    const wanted = new Map(Object.entries(given ?? {}));
    const number = (name: string) => (typeof wanted.get(name) === 'number' ? Number(wanted.get(name)) : null);
    void change.run({ days: number('days'), maxRows: number('maxRows') }).catch(nothing);
  };
  return (
    <Panel heading={t('settings.retention')} resource={retention}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        <p className="max-w-prose text-muted">{t('settings.retentionNote')}</p>
        <SchemaForm
          key={`${days} ${maxRows}`}
          schema={schema}
          value={{ days, maxRows }}
          label={t('settings.retention')}
          labelOf={(field) => t(field === 'days' ? 'settings.days' : 'settings.maxRows')}
          isRunning={change.isRunning}
          onSave={save}
        />
        {change.result && !change.failure && <p role="status">{t('settings.saved')}</p>}
        {change.failure && <FailureNotice failure={change.failure} onRetry={change.forget} />}
      </div>
    </Panel>
  );
}

function nothing(): void {
  // The change holds its failure, and the panel shows it.
}
