import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Input } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { CommandLine } from '../../components/command-line.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form, FormSelect, FormText } from '../../components/form.tsx';
import { useChange } from '../../stores/api.ts';
import { endOfDay } from './key-values.ts';

interface Typed {
  readonly count: string;
  readonly measure: 'cost' | 'requests' | 'tokens';
  readonly amount: string;
  readonly days: string;
  readonly note: string;
  readonly expires: string;
}

const empty: Typed = { count: '1', measure: 'cost', amount: '', days: '', note: '', expires: '' };
const dayMs = 86_400_000;
const nanoPerUsd = 1e9;

/** Makes codes and shows them, this once. */
export function CreateCodes({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const form = useForm<Typed>({ defaultValues: empty });
  const create = useChange('createTopUps', ['listTopUps']);
  const save = (typed: Typed) => void create.run(codesOf(typed)).catch(() => undefined);
  if (create.result) {
    return (
      <Dialog isOpen title={t('codes.made', { count: create.result.length })} note={t('codes.once')} onClose={onClose}>
        <CommandLine text={create.result.map(({ code }) => code).join('\n')} />
        <div className="mt-5 flex justify-end">
          <Button look="primary" onClick={onClose}>
            {t('keys.kept')}
          </Button>
        </div>
      </Dialog>
    );
  }
  const isSomething = () => {
    const { amount, days } = form.getValues();
    return amount !== '' || days !== '' || t('codes.nothing');
  };
  return (
    <Dialog isOpen title={t('codes.create')} note={t('codes.createNote')} onClose={onClose}>
      <Form form={form} onSubmit={save}>
        <FormText name="count" label={t('keys.count')} type="number" min={1} max={1000} isRequired />
        <div className="grid gap-4 sm:grid-cols-2">
          <FormText name="amount" label={t('limits.amount')} type="number" min={0} rules={{ validate: isSomething }} />
          <FormSelect
            name="measure"
            label={t('limits.measure')}
            options={(['cost', 'requests', 'tokens'] as const).map((value) => ({
              value,
              text: t(`limits.measure-${value}`),
            }))}
          />
          <FormText name="days" label={t('codes.moreDays')} type="number" min={1} max={7300} />
          <FormText name="expires" label={t('codes.until')} type="date" />
        </div>
        <FormText name="note" label={t('keys.remark')} maxLength={500} />
        {create.failure && <FailureNotice failure={create.failure} onRetry={() => save(form.getValues())} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="submit" look="primary" disabled={create.isRunning}>
            {t('codes.create')}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

function codesOf({ count, measure, amount, days, note, expires }: Typed): Input<'createTopUps'> {
  const whole = Math.round(Number(amount) * (measure === 'cost' ? nanoPerUsd : 1));
  const until = endOfDay(expires);
  return {
    count: Number(count),
    ...(amount !== '' && { measure, amount: whole }),
    ...(days !== '' && { extendMs: Number(days) * dayMs }),
    ...(note.trim() !== '' && { note: note.trim() }),
    ...(until !== null && { expiresAt: until }),
  };
}
