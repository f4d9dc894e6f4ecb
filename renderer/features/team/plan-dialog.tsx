import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Field, Select } from '../../components/field.tsx';
import { Form, FormText } from '../../components/form.tsx';
import { useChange } from '../../stores/api.ts';
import { FormChecks } from './form-checks.tsx';
import { programs, services } from './key-values.ts';
import { LimitsEditor } from './limits-editor.tsx';
import { outdated } from './outdated.ts';
import { PlanPreview } from './plan-preview.tsx';
import { newPlanOf, type Plan, type PlanValues, patchOf, templateNames, templates, valuesOf } from './plan-values.ts';
import { RemovePlan } from './remove-plan.tsx';

interface Props {
  /** Undefined for a new one. */
  readonly plan: Plan | undefined;
  onClose(): void;
}

/** Makes a plan, or changes one after a look at whom that would block. */
export function PlanDialog({ plan, onClose }: Props) {
  const { t } = useTranslation();
  const create = useChange('createPlan', outdated);
  const update = useChange('updatePlan', outdated);
  const preview = useChange('previewPlan', []);
  const [template, setTemplate] = useState<(typeof templateNames)[number]>('none');
  const save = (values: PlanValues) => {
    const saving = plan ? update.run({ id: plan.id, ...patchOf(values) }) : create.run(newPlanOf(values));
    void saving.then(onClose, () => undefined);
  };
  const failure = create.failure ?? update.failure ?? preview.failure;
  return (
    <Dialog isOpen title={plan?.name ?? t('plans.create')} note={t('plans.dialogNote')} onClose={onClose}>
      {!plan && (
        <div className="pb-4">
          <Field label={t('plans.template')}>
            {(ids) => (
              <Select
                {...ids}
                value={template}
                onChange={({ target }) => setTemplate(templateNames.find((one) => one === target.value) ?? template)}
              >
                {templateNames.map((one) => (
                  <option key={one} value={one}>
                    {t(`plans.template-${one}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
      )}
      <PlanForm
        key={template}
        values={plan ? valuesOf(plan) : templates[template]}
        isRunning={create.isRunning || update.isRunning}
        saveText={t(plan ? 'action.save' : 'plans.create')}
        onPreview={plan && ((values) => void preview.run({ id: plan.id, ...patchOf(values) }).catch(() => undefined))}
        onSave={save}
      >
        {preview.result && <PlanPreview effects={preview.result} />}
        {failure && <FailureNotice failure={failure} onRetry={preview.forget} />}
      </PlanForm>
      {plan && <RemovePlan plan={plan} onRemoved={onClose} />}
    </Dialog>
  );
}

interface FormProps {
  readonly values: PlanValues;
  readonly isRunning: boolean;
  readonly saveText: string;
  /** What was found out about it. */
  readonly children: React.ReactNode;
  readonly onPreview: ((values: PlanValues) => void) | undefined;
  onSave(values: PlanValues): void;
}

function PlanForm({ values, isRunning, saveText, children, onPreview, onSave }: FormProps) {
  const { t } = useTranslation();
  const form = useForm<PlanValues>({ defaultValues: values });
  return (
    <Form form={form} onSubmit={onSave}>
      <FormText name="name" label={t('keys.name')} maxLength={64} isRequired />
      <FormText name="note" label={t('keys.remark')} maxLength={500} />
      <LimitsEditor note={t('plans.limitsNote')} />
      <FormText name="maxConcurrent" label={t('keys.concurrent')} type="number" min={1} max={10_000} />
      <details className="rounded-lg border border-line px-4 py-2">
        <summary className="min-h-6 cursor-pointer font-medium">{t('keys.permissions')}</summary>
        <div className="flex flex-col gap-4 pt-3 pb-2">
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
        </div>
      </details>
      {children}
      <div className="flex flex-wrap justify-end gap-2">
        {onPreview && (
          <Button needs="previewPlan" onClick={() => void form.handleSubmit(onPreview)()}>
            {t('plans.preview')}
          </Button>
        )}
        <Button needs="createPlan" type="submit" look="primary" disabled={isRunning}>
          {saveText}
        </Button>
      </div>
    </Form>
  );
}
