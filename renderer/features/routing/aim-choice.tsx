import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Field, Select } from '../../components/field.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { type Change, useApi } from '../../stores/api.ts';

type Aim = Output<'showRules'>['aim'];

interface Props {
  readonly aim: Aim;
  readonly change: Change<'updateRules'>;
}

/** To one account first, or to that one alone: said as a sentence, and changed by choosing. */
export function AimChoice({ aim, change }: Props) {
  const { t } = useTranslation();
  const accounts = useApi('listAccounts', {}).value ?? [];
  const nameOf = (id: string) => accounts.find((account) => account.id === id)?.name ?? id;
  const choose = (value: string) => void change.run({ aim: aimOf(value) }).catch(() => undefined);
  return (
    <div className="flex flex-col gap-2">
      <Field label={t('routing.aim')}>
        {(ids) => (
          <Select
            {...ids}
            value={optionOf(aim)}
            disabled={change.isRunning}
            onChange={({ target }) => choose(target.value)}
          >
            <option value="automatic">{t('routing.aim-automatic')}</option>
            {accounts.map(({ id, name }) => (
              <option key={`prefer ${id}`} value={`prefer ${id}`}>
                {t('routing.aim-prefer', { name })}
              </option>
            ))}
            {accounts.map(({ id, name }) => (
              <option key={`only ${id}`} value={`only ${id}`}>
                {t('routing.aim-only', { name })}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {aim.kind !== 'automatic' && (
        <p className="flex max-w-prose items-baseline gap-2">
          <StateMark tone={aim.kind === 'only' ? 'caution' : 'quiet'} />
          {t(`routing.said-${aim.kind}`, { name: nameOf(aim.accountId) })}
        </p>
      )}
    </div>
  );
}

function optionOf(aim: Aim): string {
  return aim.kind === 'automatic' ? 'automatic' : `${aim.kind} ${aim.accountId}`;
}

function aimOf(value: string): Aim {
  const [kind, accountId = ''] = value.split(' ');
  return kind === 'prefer' || kind === 'only' ? { kind, accountId } : { kind: 'automatic' };
}
