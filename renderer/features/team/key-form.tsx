import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Form, FormSelect, FormText } from '../../components/form.tsx';
import { localZone } from '../../i18n/local-time.ts';
import { useChoices } from './choices.ts';
import { FormChecks } from './form-checks.tsx';
import { type KeyValues, programs, services } from './key-values.ts';
import { LimitsEditor } from './limits-editor.tsx';

interface Props {
  readonly values: KeyValues;
  /** For one that is not there yet: several can be made at once. */
  readonly isNew: boolean;
  readonly isRunning: boolean;
  onSave(values: KeyValues): void;
  onClose(): void;
}

/** Everything that a key has; what few need is folded away. */
export function KeyForm({ values, isNew, isRunning, onSave, onClose }: Props) {
  const { t } = useTranslation();
  const form = useForm<KeyValues>({ defaultValues: values });
  const { members, plans } = useChoices();
  return (
    <Form form={form} onSubmit={onSave}>
      <div className={isNew ? 'grid gap-4 sm:grid-cols-[1fr_7rem]' : ''}>
        <FormText name="name" label={t('keys.name')} hint={t('keys.nameHint')} maxLength={64} isRequired />
        {isNew && <FormText name="count" label={t('keys.count')} type="number" min={1} max={1000} />}
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <FormSelect name="memberId" label={t('keys.member')} hint={t('keys.memberHint')} options={members} />
        <FormSelect name="planId" label={t('keys.plan')} hint={t('keys.planHint')} options={plans} />
      </div>
      <LimitsEditor note={t('keys.limitsNote', { zone: localZone })} />
      <FormText
        name="maxConcurrent"
        label={t('keys.concurrent')}
        hint={t('keys.concurrentHint')}
        type="number"
        min={1}
        max={10_000}
      />
      <Labels />
      <Permissions />
      <Life />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button type="submit" look="primary" disabled={isRunning}>
          {t(isNew ? 'keys.create' : 'action.save')}
        </Button>
      </div>
    </Form>
  );
}

function Folded({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <details className="rounded-lg border border-line px-4 py-2">
      <summary className="min-h-6 cursor-pointer font-medium">{title}</summary>
      <div className="flex flex-col gap-4 pt-3 pb-2">{children}</div>
    </details>
  );
}

function Labels() {
  const { t } = useTranslation();
  return (
    <Folded title={t('keys.labels')}>
      <FormText name="tags" label={t('keys.tags')} hint={t('keys.tagsHint')} />
      <FormText name="owner" label={t('keys.owner')} hint={t('keys.ownerHint')} maxLength={64} />
      <FormText name="note" label={t('keys.remark')} maxLength={500} />
      <FormText
        name="multiplier"
        label={t('keys.multiplier')}
        hint={t('keys.multiplierHint')}
        type="number"
        min={0.01}
        max={100}
      />
    </Folded>
  );
}

function Permissions() {
  const { t } = useTranslation();
  const { places } = useChoices();
  return (
    <Folded title={t('keys.permissions')}>
      <FormText name="models" label={t('keys.models')} hint={t('keys.patternsHint')} />
      <FormText name="deniedModels" label={t('keys.deniedModels')} hint={t('keys.deniedHint')} />
      <FormChecks
        name="services"
        label={t('keys.services')}
        hint={t('keys.servicesHint')}
        options={services.map((value) => ({ value, text: t(`keys.service-${value}`) }))}
      />
      <FormChecks
        name="clients"
        label={t('keys.programs')}
        hint={t('keys.programsHint')}
        options={programs.map((value) => ({ value, text: t(`keys.program-${value}`) }))}
      />
      <FormText name="addresses" label={t('keys.from')} hint={t('keys.fromHint')} />
      <FormSelect name="bound" label={t('keys.bound')} hint={t('keys.boundHint')} options={places} />
      <FormSelect
        name="ownership"
        label={t('keys.ownership')}
        options={(['by-place', 'own', 'foreign'] as const).map((value) => ({
          value,
          text: t(`keys.ownership-${value}`),
        }))}
      />
    </Folded>
  );
}

function Life() {
  const { t } = useTranslation();
  return (
    <Folded title={t('keys.life')}>
      <div className="grid gap-4 sm:grid-cols-2">
        <FormText name="expires" label={t('keys.expires')} hint={t('keys.expiresHint')} type="date" />
        <FormText
          name="lifetimeDays"
          label={t('keys.lifetime')}
          hint={t('keys.lifetimeHint')}
          type="number"
          min={0.01}
          max={7300}
        />
      </div>
    </Folded>
  );
}
