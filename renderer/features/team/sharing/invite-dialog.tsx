import { useForm, useWatch } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Input, Output } from '../../../../app/server/admin/contract.ts';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { FailureNotice } from '../../../components/failure-notice.tsx';
import { Form, FormSelect, FormText, useIssues } from '../../../components/form.tsx';
import { type Change, useApi, useChange } from '../../../stores/api.ts';
import { useChoices } from '../choices.ts';
import { outdated } from '../outdated.ts';

interface Props {
  onIssued(issued: Output<'createInvite'>): void;
  onClose(): void;
}

const nobodyYet = { memberId: '', name: '', role: 'member', planId: '', groupId: '' };
type Values = typeof nobodyYet;

/** Whom to invite, and what their key may do. */
export function InviteDialog({ onIssued, onClose }: Props) {
  const { t } = useTranslation();
  const create = useChange('createInvite', ['listInvites', ...outdated]);
  const form = useForm<Values>({ defaultValues: nobodyYet });
  const save = (values: Values) => void create.run(inputOf(values)).then(onIssued, () => undefined);
  return (
    <Dialog isOpen title={t('invites.create')} note={t('invites.dialogNote')} onClose={onClose}>
      {create.failure && <FailureNotice failure={create.failure} onRetry={create.forget} />}
      <Form form={form} onSubmit={save}>
        <Fields create={create} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="submit" look="primary" disabled={create.isRunning}>
            {t('invites.create')}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

function Fields({ create }: { readonly create: Change<'createInvite'> }) {
  const { t } = useTranslation();
  useIssues(create.failure?.issues);
  const { members, plans } = useChoices();
  const groups = useApi('listGroups', {}, { every: false }).value ?? [];
  const isNew = useWatch<Values, 'memberId'>({ name: 'memberId' }) === '';
  const [, ...known] = members;
  return (
    <>
      <FormSelect
        name="memberId"
        label={t('invites.who')}
        options={[{ value: '', text: t('invites.newMember') }, ...known]}
      />
      {isNew && (
        <>
          <FormText name="name" label={t('invites.name')} maxLength={64} isRequired />
          <FormSelect name="planId" label={t('invites.plan')} options={plans} />
          <FormSelect
            name="role"
            label={t('members.role')}
            options={(['member', 'viewer'] as const).map((value) => ({ value, text: t(`members.role-${value}`) }))}
          />
        </>
      )}
      <FormSelect
        name="groupId"
        label={t('invites.group')}
        options={[
          { value: '', text: t('invites.anyGroup') },
          ...groups.map(({ id, name }) => ({ value: id, text: t('keys.onlyGroup', { name }) })),
        ]}
      />
    </>
  );
}

function inputOf({ memberId, name, role, planId, groupId }: Values): Input<'createInvite'> {
  const group = groupId === '' ? {} : { groupId };
  if (memberId !== '') return { memberId, ...group };
  const plan = planId === '' ? {} : { planId };
  return { name, role: role === 'viewer' ? 'viewer' : 'member', ...plan, ...group };
}
