import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Allowed } from '../../components/allowed.tsx';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form, FormSelect, FormText, useIssues, type ValuesOf } from '../../components/form.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Change, useApi, useChange } from '../../stores/api.ts';
import { AimChoice } from './aim-choice.tsx';

type Rules = Output<'showRules'>;

export const strategies = ['weighted', 'round-robin', 'least-recently-used', 'fill-first', 'soonest-reset'] as const;
const waits = ['maxWaitMs', 'patienceMs', 'hedgeAfterMs'] as const;
const nanoPerCent = 1e7;

export function RulesPanel() {
  const { t } = useTranslation();
  const rules = useApi('showRules', {});
  const change = useChange('updateRules', ['showRules']);
  return (
    <Panel heading={t('routing.rules')} resource={rules}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        {rules.value && (
          <>
            <p className="max-w-prose">
              {t('routing.sentence', { rule: t(`routing.sentence-${rules.value.strategy}`) })}
            </p>
            <Allowed to="updateRules">
              <AimChoice aim={rules.value.aim} change={change} />
              <RulesForm
                // What is changed elsewhere begins the form anew.
                key={JSON.stringify(rules.value)}
                rules={rules.value}
                change={change}
              />
            </Allowed>
          </>
        )}
        {change.result && !change.failure && <p role="status">{t('routing.saved')}</p>}
        {change.failure && <FailureNotice failure={change.failure} onRetry={change.forget} />}
      </div>
    </Panel>
  );
}

interface FormProps {
  readonly rules: Rules;
  readonly change: Change<'updateRules'>;
}

function RulesForm({ rules, change }: FormProps) {
  const { t } = useTranslation();
  const { waitNanoUsdPerMinute, aim: _, ...rest } = rules;
  const form = useForm({ defaultValues: { ...rest, cents: waitNanoUsdPerMinute / nanoPerCent } });
  const wait = between(0, 60_000);
  const save = ({ cents, strategy, ...typed }: ValuesOf<typeof form>) => {
    const [maxWaitMs, patienceMs, hedgeAfterMs] = waits.map((name) => Number(typed[name]));
    const given = { strategy, waitNanoUsdPerMinute: Math.round(Number(cents) * nanoPerCent) };
    void change.run({ ...given, maxWaitMs, patienceMs, hedgeAfterMs }).catch(() => undefined);
  };
  return (
    <Form form={form} onSubmit={save}>
      <FormSelect
        name="strategy"
        label={t('routing.strategy')}
        options={strategies.map((value) => ({ value, text: t(`routing.${value}`) }))}
      />
      <details>
        <summary className="min-h-6 cursor-pointer font-medium">{t('routing.advanced')}</summary>
        <div className="mt-3 flex flex-col gap-4">
          {waits.map((name) => (
            <FormText key={name} name={name} label={t(`routing.${name}`)} type="number" {...wait} isRequired />
          ))}
          <FormText name="cents" label={t('routing.waitPrice')} type="number" {...between(1, 100_000)} isRequired />
        </div>
      </details>
      <Issues change={change} />
      <Button type="submit" look="primary" className="self-start" disabled={change.isRunning}>
        {t('action.save')}
      </Button>
    </Form>
  );

  function between(min: number, max: number) {
    const isFit = (value: unknown) => Number(value) >= min && Number(value) <= max;
    return { min, max, rules: { validate: (value: unknown) => isFit(value) || t('form.between', { min, max }) } };
  }
}

function Issues({ change }: Pick<FormProps, 'change'>) {
  useIssues(change.failure?.issues);
  return null;
}
