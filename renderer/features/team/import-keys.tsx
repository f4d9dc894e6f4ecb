import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form, FormSelect, FormText } from '../../components/form.tsx';
import { useChange } from '../../stores/api.ts';
import { useChoices } from './choices.ts';
import { readKeyLines } from './import-lines.ts';
import { outdated } from './outdated.ts';

interface Typed {
  readonly lines: string;
  readonly memberId: string;
  readonly planId: string;
}

/** Takes over keys that were made elsewhere, so that their programs need no new ones. */
export function ImportKeys({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { members, plans } = useChoices();
  const form = useForm<Typed>({ defaultValues: { lines: '', memberId: '', planId: '' } });
  const change = useChange('importKeys', outdated);
  const count = readKeyLines(form.watch('lines'), 'imported').length;
  const save = ({ lines, memberId, planId }: Typed) => {
    const keys = readKeyLines(lines, 'imported');
    const given = { ...(memberId !== '' && { memberId }), ...(planId !== '' && { planId }) };
    void change.run({ ...given, keys }).then(onClose, () => undefined);
  };
  return (
    <Dialog isOpen title={t('keys.import')} note={t('keys.importNote')} onClose={onClose}>
      <Form form={form} onSubmit={save}>
        <FormText
          name="lines"
          label={t('keys.importLines')}
          hint={t('keys.importHint')}
          rows={6}
          isRequired
          rules={{ validate: () => count <= 1000 || t('keys.importMost') }}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <FormSelect name="memberId" label={t('keys.member')} options={members} />
          <FormSelect name="planId" label={t('keys.plan')} options={plans} />
        </div>
        {change.failure && <FailureNotice failure={change.failure} onRetry={() => save(form.getValues())} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="submit" look="primary" disabled={change.isRunning}>
            {t('keys.importThese', { count })}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
