import { useFieldArray, useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Account } from '../../components/account-state.tsx';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form, FormSelect, FormText, type ValuesOf } from '../../components/form.tsx';
import { localZone } from '../../i18n/local-time.ts';
import { useChange } from '../../stores/api.ts';

type Cap = NonNullable<Account['care']['caps']>[number];

interface Row {
  readonly measure: Cap['measure'];
  readonly amount: string;
  readonly unit: Cap['window']['unit'];
  readonly mode: Cap['mode'];
}

const nanoPerUsd = 1e9;
const measures = ['cost', 'requests'] as const;
const units = ['day', 'week', 'month'] as const;
const modes = ['smooth', 'strict'] as const;

/** The most that its owner lets it do in a day, a week or a month. */
export function CapsForm({ account: { id, care } }: { readonly account: Account }) {
  const { t } = useTranslation();
  const kept = care.caps ?? [];
  const change = useChange('updateAccount', ['listAccounts']);
  const form = useForm<{ caps: Row[] }>({ defaultValues: { caps: kept.map(toRow) } });
  const rows = useFieldArray({ control: form.control, name: 'caps' });
  const save = ({ caps }: ValuesOf<typeof form>) => {
    const wanted = caps.map((row, index) => toCap(row, kept[index]?.window.timeZone ?? localZone));
    void change.run({ id, care: { caps: wanted.length === 0 ? null : wanted } }).catch(() => undefined);
  };
  const positive = { validate: (value: unknown) => Number(value) > 0 || t('form.number') };
  return (
    <Form form={form} onSubmit={save}>
      {rows.fields.map((row, index) => (
        <fieldset key={row.id} className="grid grid-cols-2 items-start gap-3 rounded-lg border border-line p-3">
          <legend className="px-1 text-muted text-xs">{t('accounts.cap', { number: index + 1 })}</legend>
          <FormText name={`caps.${index}.amount`} label={t('accounts.capAmount')} rules={positive} isRequired />
          <FormSelect
            name={`caps.${index}.measure`}
            label={t('accounts.capMeasure')}
            options={measures.map((value) => ({ value, text: t(`accounts.measure-${value}`) }))}
          />
          <FormSelect
            name={`caps.${index}.unit`}
            label={t('accounts.capUnit')}
            options={units.map((value) => ({ value, text: t(`accounts.unit-${value}`) }))}
          />
          <FormSelect
            name={`caps.${index}.mode`}
            label={t('accounts.capMode')}
            options={modes.map((value) => ({ value, text: t(`accounts.mode-${value}`) }))}
          />
          <Button className="justify-self-start" onClick={() => rows.remove(index)}>
            {t('accounts.removeCap', { number: index + 1 })}
          </Button>
        </fieldset>
      ))}
      {change.failure && <FailureNotice failure={change.failure} onRetry={change.forget} />}
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => rows.append({ measure: 'cost', amount: '10', unit: 'day', mode: 'smooth' })}>
          {t('accounts.addCap')}
        </Button>
        {(rows.fields.length > 0 || kept.length > 0) && (
          <Button type="submit" look="primary" disabled={change.isRunning}>
            {t('accounts.saveCaps')}
          </Button>
        )}
      </div>
    </Form>
  );
}

function toRow({ measure, amount, window: { unit }, mode }: Cap): Row {
  return { measure, unit, mode, amount: String(measure === 'cost' ? amount / nanoPerUsd : amount) };
}

function toCap({ measure, amount, unit, mode }: Row, timeZone: string) {
  const whole = Math.round(Number(amount) * (measure === 'cost' ? nanoPerUsd : 1));
  return { measure, amount: whole, mode, window: { kind: 'calendar' as const, unit, timeZone } };
}
