import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Input, Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Field, Select, TextInput } from '../../components/field.tsx';
import { localZone } from '../../i18n/local-time.ts';
import { useApi, useChange } from '../../stores/api.ts';

const scopes = ['everything', 'key', 'owner', 'account'] as const satisfies readonly Input<'createBudget'>['scope'][];
const units = ['day', 'week', 'month'] as const;
const nanoPerUsd = 1e9;

type Budget = Output<'listBudgets'>[number];

interface Fields {
  readonly name: string;
  readonly scope: (typeof scopes)[number];
  readonly scopeId: string;
  readonly amount: number;
  readonly unit: (typeof units)[number];
}

interface Props {
  /** Undefined: a new one. */
  readonly budget: Budget | undefined;
  onClose(): void;
}

export function BudgetDialog({ budget, onClose }: Props) {
  const { t } = useTranslation();
  const create = useChange('createBudget', ['listBudgets']);
  const update = useChange('updateBudget', ['listBudgets']);
  const { register, handleSubmit, watch } = useForm<Fields>({ defaultValues: defaultsOf(budget) });
  const scope = watch('scope');
  const save = handleSubmit(({ name, amount, unit, scopeId, ...rest }) => {
    const amountNanoUsd = Math.round(amount * nanoPerUsd);
    const period = { ...(budget?.period ?? { timeZone: localZone }), unit };
    const saved = budget
      ? update.run({ id: budget.id, name, amountNanoUsd, period })
      : create.run({ ...rest, name, amountNanoUsd, period, ...(rest.scope !== 'everything' && { scopeId }) });
    return saved.then(onClose, () => undefined);
  });
  const failure = create.failure ?? update.failure;
  return (
    <Dialog
      isOpen
      title={budget ? t('budgets.editOf', { name: budget.name }) : t('budgets.create')}
      note={t('budgets.zone', { zone: budget?.period.timeZone ?? localZone })}
      onClose={onClose}
    >
      <form onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
        <Field label={t('budgets.name')} isRequired>
          {(ids) => <TextInput {...ids} required maxLength={64} {...register('name')} />}
        </Field>
        {!budget && (
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label={t('budgets.scope')}>
              {(ids) => (
                <Select {...ids} {...register('scope')}>
                  {scopes.map((name) => (
                    <option key={name} value={name}>
                      {t(`budgets.${name}`)}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            {scope !== 'everything' && (
              <Field label={t(`budgets.${scope}`)} isRequired>
                {(ids) => (
                  <Select {...ids} required {...register('scopeId')}>
                    <Choices scope={scope} />
                  </Select>
                )}
              </Field>
            )}
          </div>
        )}
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t('budgets.amount')} isRequired>
            {(ids) => (
              <TextInput
                {...ids}
                {...{ type: 'number', required: true, min: '0.01', step: '0.01' }}
                {...register('amount', { valueAsNumber: true })}
              />
            )}
          </Field>
          <Field label={t('budgets.period')}>
            {(ids) => (
              <Select {...ids} {...register('unit')}>
                {units.map((name) => (
                  <option key={name} value={name}>
                    {t(`budgets.every-${name}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
        {failure && <FailureNotice failure={failure} onRetry={() => void save()} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="submit" look="primary" disabled={create.isRunning || update.isRunning}>
            {t('action.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Choices({ scope }: { readonly scope: Exclude<Fields['scope'], 'everything'> }) {
  const keys = useApi('listKeys', {}).value ?? [];
  const accounts = useApi('listAccounts', {}).value ?? [];
  const owners = [...new Set(keys.flatMap(({ owner }) => owner ?? []))].sort();
  const choices = {
    key: keys.map(({ id, name }) => [id, name] as const),
    account: accounts.map(({ id, name }) => [id, name] as const),
    owner: owners.map((owner) => [owner, owner] as const),
  };
  return choices[scope].map(([id, name]) => (
    <option key={id} value={id}>
      {name}
    </option>
  ));
}

function defaultsOf(budget: Budget | undefined): Partial<Fields> {
  if (!budget) return { scope: 'everything', unit: 'month', scopeId: '' };
  return { name: budget.name, amount: budget.amountNanoUsd / nanoPerUsd, unit: budget.period.unit };
}
