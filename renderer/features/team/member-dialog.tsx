import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form, FormSelect, FormText } from '../../components/form.tsx';
import { useChange } from '../../stores/api.ts';
import { useChoices } from './choices.ts';
import { LimitsEditor } from './limits-editor.tsx';
import { emptyMember, type Member, type MemberValues, newMemberOf, patchOf, roles, valuesOf } from './member-values.ts';
import { outdated } from './outdated.ts';

interface Props {
  /** Absent for a new one. */
  readonly member?: Member;
  onClose(): void;
}

/** Adds a member, or changes one. */
export function MemberDialog({ member, onClose }: Props) {
  const { t } = useTranslation();
  const create = useChange('createMember', outdated);
  const update = useChange('updateMember', outdated);
  const [typed, setTyped] = useState<MemberValues>(member ? valuesOf(member) : emptyMember);
  const failure = create.failure ?? update.failure;
  const save = (values: MemberValues) => {
    setTyped(values);
    const saving = member ? update.run({ id: member.id, ...patchOf(values) }) : create.run(newMemberOf(values));
    void saving.then(onClose, () => undefined);
  };
  const title = member ? t('members.edit', { name: member.name }) : t('members.add');
  return (
    <Dialog isOpen title={title} note={t('members.dialogNote')} onClose={onClose}>
      {failure && <FailureNotice failure={failure} onRetry={() => save(typed)} />}
      <MemberForm
        values={typed}
        isNew={!member}
        isRunning={create.isRunning || update.isRunning}
        onSave={save}
        onClose={onClose}
      />
    </Dialog>
  );
}

interface FormProps {
  readonly values: MemberValues;
  readonly isNew: boolean;
  readonly isRunning: boolean;
  onSave(values: MemberValues): void;
  onClose(): void;
}

function MemberForm({ values, isNew, isRunning, onSave, onClose }: FormProps) {
  const { t } = useTranslation();
  const form = useForm<MemberValues>({ defaultValues: values });
  const { plans } = useChoices();
  const isEmail = (value: unknown) =>
    value === '' || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(String(value)) || t('members.noEmail');
  return (
    <Form form={form} onSubmit={onSave}>
      <FormText name="name" label={t('members.name')} maxLength={64} isRequired />
      <div className="grid gap-4 sm:grid-cols-2">
        <FormText name="email" label={t('members.email')} rules={{ validate: isEmail }} />
        <FormSelect
          name="role"
          label={t('members.role')}
          hint={t('members.roleHint')}
          options={roles.map((value) => ({ value, text: t(`members.role-${value}`) }))}
        />
      </div>
      <FormSelect name="planId" label={t('keys.plan')} hint={t('members.planHint')} options={plans} />
      <LimitsEditor note={t('members.limitsNote')} />
      <FormText
        name="maxConcurrent"
        label={t('keys.concurrent')}
        hint={t('members.concurrentHint')}
        type="number"
        min={1}
        max={10_000}
      />
      <FormText name="note" label={t('keys.remark')} maxLength={500} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button type="submit" look="primary" disabled={isRunning}>
          {t(isNew ? 'members.add' : 'action.save')}
        </Button>
      </div>
    </Form>
  );
}
