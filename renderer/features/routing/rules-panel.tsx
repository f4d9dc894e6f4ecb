import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Field, Select, TextInput } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { useApi, useChange } from '../../stores/api.ts';

type Rules = Output<'showRules'>;

const strategies = ['weighted', 'round-robin', 'least-recently-used', 'fill-first', 'soonest-reset'] as const;
const waits = ['maxWaitMs', 'patienceMs', 'hedgeAfterMs'] as const;

export function RulesPanel() {
  const { t } = useTranslation();
  const rules = useApi('showRules', {});
  const change = useChange('updateRules', ['showRules']);
  return (
    <Panel heading={t('routing.rules')} resource={rules}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        {rules.value && (
          <RulesForm
            // What is changed elsewhere begins the form anew.
            key={JSON.stringify(rules.value)}
            rules={rules.value}
            isRunning={change.isRunning}
            onSave={(given) => void change.run(given).catch(nothing)}
          />
        )}
        {change.result && !change.failure && <p role="status">{t('routing.saved')}</p>}
        {change.failure && <FailureNotice failure={change.failure} onRetry={change.forget} />}
      </div>
    </Panel>
  );
}

interface FormProps {
  readonly rules: Rules;
  readonly isRunning: boolean;
  onSave(rules: Partial<Rules>): void;
}

function RulesForm({ rules, isRunning, onSave }: FormProps) {
  const { t } = useTranslation();
  const [strategy, setStrategy] = useState(rules.strategy);
  const [typed, setTyped] = useState({
    maxWaitMs: String(rules.maxWaitMs),
    patienceMs: String(rules.patienceMs),
    hedgeAfterMs: String(rules.hedgeAfterMs),
  });
  const save = (event: FormEvent) => {
    event.preventDefault();
    const [maxWaitMs, patienceMs, hedgeAfterMs] = [typed.maxWaitMs, typed.patienceMs, typed.hedgeAfterMs].map(Number);
    if (maxWaitMs === undefined || patienceMs === undefined || hedgeAfterMs === undefined) return;
    onSave({ strategy, maxWaitMs, patienceMs, hedgeAfterMs });
  };
  return (
    <form onSubmit={save} className="flex flex-col gap-4">
      <Field label={t('routing.strategy')}>
        {(ids) => (
          <Select
            {...ids}
            value={strategy}
            onChange={({ target }) => setStrategy(strategies.find((one) => one === target.value) ?? strategy)}
          >
            {strategies.map((one) => (
              <option key={one} value={one}>
                {t(`routing.${one}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <details>
        <summary className="min-h-6 cursor-pointer font-medium">{t('routing.advanced')}</summary>
        <div className="mt-3 flex flex-col gap-4">
          {waits.map((name) => (
            <Field key={name} label={t(`routing.${name}`)}>
              {(ids) => (
                <TextInput
                  {...ids}
                  type="number"
                  min={0}
                  max={60_000}
                  required
                  value={typed[name]}
                  onChange={({ target }) => setTyped({ ...typed, [name]: target.value })}
                />
              )}
            </Field>
          ))}
        </div>
      </details>
      <Button type="submit" look="primary" className="self-start" disabled={isRunning}>
        {t('action.save')}
      </Button>
    </form>
  );
}

function nothing(): void {
  // The change holds its failure, and the panel shows it.
}
