import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Input } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form, FormSelect, FormText } from '../../components/form.tsx';
import { useChange } from '../../stores/api.ts';
import { useChoices } from './choices.ts';
import { endOfDay } from './key-values.ts';
import { words } from './limit-draft.ts';
import { outdated } from './outdated.ts';

interface Typed {
  readonly memberId: string;
  readonly planId: string;
  readonly bound: string;
  readonly expires: string;
  readonly addTags: string;
  readonly removeTags: string;
  readonly maxConcurrent: string;
}

const same = 'same';
const untouched: Typed = {
  ...{ memberId: same, planId: same, bound: same, expires: '', addTags: '', removeTags: '', maxConcurrent: '' },
};

interface Props {
  readonly ids: readonly string[];
  onClose(): void;
}

/** Changes many keys at once; what is not touched stays as it is in each of them. */
export function BatchEdit({ ids, onClose }: Props) {
  const { t } = useTranslation();
  const choices = useChoices();
  const form = useForm<Typed>({ defaultValues: untouched });
  const change = useChange('updateKeys', outdated);
  const unchanged = { value: same, text: t('keys.unchanged') };
  const save = (typed: Typed) => void change.run({ ids: [...ids], ...patchOf(typed) }).then(onClose, () => undefined);
  return (
    <Dialog isOpen title={t('keys.editMany', { count: ids.length })} note={t('keys.editManyNote')} onClose={onClose}>
      <Form form={form} onSubmit={save}>
        <div className="grid gap-4 sm:grid-cols-2">
          <FormSelect name="memberId" label={t('keys.member')} options={[unchanged, ...choices.members]} />
          <FormSelect name="planId" label={t('keys.plan')} options={[unchanged, ...choices.plans]} />
          <FormSelect name="bound" label={t('keys.bound')} options={[unchanged, ...choices.places]} />
          <FormText name="maxConcurrent" label={t('keys.concurrent')} type="number" min={1} max={10_000} />
          <FormText name="addTags" label={t('keys.addTags')} hint={t('keys.tagsHint')} />
          <FormText name="removeTags" label={t('keys.removeTags')} />
          <FormText name="expires" label={t('keys.renewUntil')} type="date" />
        </div>
        {change.failure && <FailureNotice failure={change.failure} onRetry={() => save(form.getValues())} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="submit" look="primary" disabled={change.isRunning || !form.formState.isDirty}>
            {t('action.save')}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

function patchOf(typed: Typed): Omit<Input<'updateKeys'>, 'ids'> {
  const { memberId, planId, bound, expires, maxConcurrent } = typed;
  const [addTags, removeTags] = [words(typed.addTags), words(typed.removeTags)];
  return {
    ...(memberId !== same && { memberId: memberId || null }),
    ...(planId !== same && { planId: planId || null }),
    ...(bound !== same && {
      accountId: bound.startsWith('acc_') ? bound : null,
      groupId: bound.startsWith('grp_') ? bound : null,
    }),
    ...(expires !== '' && { expiresAt: endOfDay(expires) }),
    ...(addTags.length > 0 && { addTags }),
    ...(removeTags.length > 0 && { removeTags }),
    ...(maxConcurrent !== '' && { maxConcurrent: Number(maxConcurrent) }),
  };
}
