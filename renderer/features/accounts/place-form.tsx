import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Account } from '../../components/account-state.tsx';
import { Allowed } from '../../components/allowed.tsx';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form, FormText, type ValuesOf } from '../../components/form.tsx';
import { useApi, useChange } from '../../stores/api.ts';

interface Props {
  readonly account: Account;
}

/** When it is asked, how often, and in which groups. */
export function PlaceForm({ account }: Props) {
  const { t } = useTranslation();
  const change = useChange('updateAccount', ['listAccounts']);
  const form = useForm({ defaultValues: { priority: String(account.priority), weight: String(account.weight) } });
  const between = {
    validate: (value: unknown) => isRank(Number(value)) || t('form.between', { min: 1, max: 100 }),
  };
  const save = ({ priority, weight }: ValuesOf<typeof form>) =>
    void change.run({ id: account.id, priority: Number(priority), weight: Number(weight) }).catch(() => undefined);
  return (
    <>
      <Form form={form} className="grid items-start gap-4 sm:grid-cols-[1fr_1fr_auto]" onSubmit={save}>
        <FormText
          name="priority"
          type="number"
          label={t('accounts.priority')}
          hint={t('accounts.priorityHint')}
          rules={between}
          min={1}
          max={100}
        />
        <FormText
          name="weight"
          type="number"
          label={t('accounts.weight')}
          hint={t('accounts.weightHint')}
          rules={between}
          min={1}
          max={100}
        />
        <Button type="submit" className="min-h-9 self-start sm:mt-6" disabled={change.isRunning}>
          {t('action.save')}
        </Button>
      </Form>
      {change.failure && <FailureNotice failure={change.failure} onRetry={change.forget} />}
      <Allowed to="updateGroup">
        <Groups account={account} />
      </Allowed>
    </>
  );
}

function Groups({ account: { id, groupIds } }: Props) {
  const { t } = useTranslation();
  const groups = useApi('listGroups', {});
  const change = useChange('updateGroup', ['listGroups', 'listAccounts']);
  const all = groups.value ?? [];
  if (all.length === 0) return null;
  const toggle = (group: (typeof all)[number]) => {
    const rest = group.members.filter(({ accountId }) => accountId !== id);
    const members = rest.length < group.members.length ? rest : [...rest, { accountId: id }];
    void change.run({ id: group.id, members }).catch(() => undefined);
  };
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 font-medium">{t('accounts.groups')}</legend>
      {all.map((group) => (
        <label key={group.id} className="flex min-h-6 items-center gap-2">
          <input
            type="checkbox"
            checked={groupIds.includes(group.id)}
            disabled={change.isRunning}
            onChange={() => toggle(group)}
            className="size-4 accent-accent"
          />
          {group.name}
        </label>
      ))}
      {change.failure && <FailureNotice failure={change.failure} onRetry={change.forget} />}
    </fieldset>
  );
}

function isRank(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= 100;
}
