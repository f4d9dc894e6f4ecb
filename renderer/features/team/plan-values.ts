import type { Input, Output } from '../../../app/server/admin/contract.ts';
import { planTemplates } from '../../../app/server/admin/contract-templates.ts';
import { localZone } from '../../i18n/local-time.ts';
import type { KeyValues } from './key-values.ts';
import { type LimitDraft, toDraft, toLimits, words } from './limit-draft.ts';

export type Plan = Output<'listPlans'>[number];

export interface PlanValues
  extends Pick<KeyValues, 'name' | 'note' | 'models' | 'deniedModels' | 'services' | 'clients' | 'maxConcurrent'> {
  readonly limits: readonly LimitDraft[];
}

const empty: PlanValues = {
  ...{ name: '', note: '', models: '', deniedModels: '', services: [], clients: [], maxConcurrent: '', limits: [] },
};

const limitWords = /^(?<measure>requests|cost)=(?<amount>\d+)(?:usd)?\/(?<time>minute|day|month)(?<strict>,strict)?$/;

/** One of the limits of a template; they are written as `--limit` takes them. */
function draftOf(text: string): LimitDraft {
  const { measure, amount = '', time, strict } = limitWords.exec(text)?.groups ?? {};
  return {
    measure: measure === 'cost' ? 'cost' : 'requests',
    amount,
    time: time === 'day' || time === 'month' ? time : 'minute',
    ...{ mode: strict === undefined ? 'smooth' : 'strict', models: '' },
  };
}

function fromTemplate(wanted: (typeof planTemplates)[number]['name']): PlanValues {
  const { name = '', maxConcurrent = '', limits = [] } = planTemplates.find(({ name }) => name === wanted) ?? {};
  return { ...empty, name, maxConcurrent: String(maxConcurrent), limits: limits.map(draftOf) };
}

/** To begin with. */
export const templates = {
  none: empty,
  guest: fromTemplate('Guest'),
  developer: fromTemplate('Developer'),
  ci: fromTemplate('CI'),
} as const satisfies Record<string, PlanValues>;
export const templateNames = ['none', 'guest', 'developer', 'ci'] as const;

export function valuesOf(plan: Plan): PlanValues {
  return {
    ...{ name: plan.name, note: plan.note ?? '', models: plan.models.join(', ') },
    ...{ deniedModels: plan.deniedModels.join(', '), services: plan.services, clients: plan.clients },
    maxConcurrent: plan.maxConcurrent === undefined ? '' : String(plan.maxConcurrent),
    limits: plan.limits.map(toDraft),
  };
}

/** Null takes away. */
export function patchOf(values: PlanValues) {
  return {
    ...{ name: values.name, note: values.note.trim() || null },
    ...{ models: words(values.models), deniedModels: words(values.deniedModels) },
    ...{ services: [...values.services], clients: [...values.clients] },
    maxConcurrent: values.maxConcurrent === '' ? null : Number(values.maxConcurrent),
    limits: toLimits(values.limits, localZone),
  } satisfies Omit<Input<'updatePlan'>, 'id'>;
}

/** Only what is said. */
export function newPlanOf(values: PlanValues): Input<'createPlan'> {
  const { name, ...rest } = patchOf(values);
  return { ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)), name };
}
