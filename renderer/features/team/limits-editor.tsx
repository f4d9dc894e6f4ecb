import { Plus, Trash2 } from 'lucide-react';
import { useFieldArray } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '../../components/button.tsx';
import { FormSelect, FormText } from '../../components/form.tsx';
import { emptyLimit, type LimitDraft, timeNames } from './limit-draft.ts';

interface Props {
  /** What the limits hold for. */
  readonly note: string;
}

/** The limits of a form, under `limits`: how much of what in which time. */
export function LimitsEditor({ note }: Props) {
  const { t } = useTranslation();
  const { fields, append, remove } = useFieldArray<{ limits: LimitDraft[] }, 'limits'>({ name: 'limits' });
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="font-medium">{t('limits.heading')}</legend>
      <p className="text-muted text-xs">{note}</p>
      {fields.map((field, index) => (
        <LimitRow key={field.id} index={index} isKept={field.time === 'kept'} onRemove={() => remove(index)} />
      ))}
      <Button
        className="self-start"
        icon={<Plus className="size-4" aria-hidden="true" />}
        onClick={() => append(emptyLimit)}
      >
        {t('limits.add')}
      </Button>
    </fieldset>
  );
}

interface RowProps {
  readonly index: number;
  readonly isKept: boolean;
  onRemove(): void;
}

function LimitRow({ index, isKept, onRemove }: RowProps) {
  const { t } = useTranslation();
  const name = (field: string) => `limits.${index}.${field}`;
  const times = [...timeNames, ...(isKept ? (['kept'] as const) : [])];
  return (
    <div className="flex items-start gap-1 rounded-lg border border-line p-3">
      <div className="grid min-w-0 flex-1 gap-3 sm:grid-cols-2">
        <FormText
          name={name('amount')}
          label={t('limits.amount')}
          type="number"
          min={0}
          isRequired
          rules={{ validate: (value: unknown) => Number(value) > 0 || t('form.number') }}
        />
        <FormSelect
          name={name('measure')}
          label={t('limits.measure')}
          options={(['cost', 'requests', 'tokens'] as const).map((value) => ({
            value,
            text: t(`limits.measure-${value}`),
          }))}
        />
        <FormSelect
          name={name('time')}
          label={t('limits.time')}
          options={times.map((value) => ({ value, text: t(`limits.time-${value}`) }))}
        />
        <FormSelect
          name={name('mode')}
          label={t('limits.mode')}
          options={(['smooth', 'strict', 'shadow'] as const).map((value) => ({
            value,
            text: t(`limits.mode-${value}`),
          }))}
        />
        <div className="sm:col-span-2">
          <FormText name={name('models')} label={t('keys.models')} hint={t('keys.patternsHint')} />
        </div>
      </div>
      <IconButton label={t('limits.remove')} onClick={onRemove}>
        <Trash2 className="size-4" aria-hidden="true" />
      </IconButton>
    </div>
  );
}
