import type { Input, Output } from '../../../app/server/admin/contract.ts';
import { dayOf, localZone } from '../../i18n/local-time.ts';
import { type LimitDraft, toDraft, toLimits, words } from './limit-draft.ts';

export type Key = Output<'listKeys'>[number];
type NewKey = Input<'createKey'>;
type Patch = Omit<Input<'updateKey'>, 'id'>;

export const services = ['anthropic', 'openai', 'gemini', 'azure', 'bedrock'] as const;
export const programs = ['claude-code', 'codex', 'gemini-cli'] as const;

/** A key as it is typed: empty stands for nothing. */
export interface KeyValues {
  readonly name: string;
  readonly count: string;
  readonly memberId: string;
  readonly planId: string;
  readonly owner: string;
  readonly tags: string;
  readonly note: string;
  readonly models: string;
  readonly deniedModels: string;
  readonly services: NonNullable<NewKey['services']>;
  readonly clients: NonNullable<NewKey['clients']>;
  readonly addresses: string;
  /** A day; the key works until it is over. */
  readonly expires: string;
  readonly lifetimeDays: string;
  readonly maxConcurrent: string;
  /** What its calls are billed with. */
  readonly multiplier: string;
  /** The id of an account or a group. */
  readonly bound: string;
  readonly ownership: 'by-place' | 'own' | 'foreign';
  readonly limits: readonly LimitDraft[];
}

export const emptyKey: KeyValues = {
  ...{ name: '', count: '1', memberId: '', planId: '', owner: '', tags: '', note: '', models: '', deniedModels: '' },
  ...{ services: [], clients: [], addresses: '', expires: '', lifetimeDays: '', maxConcurrent: '', bound: '' },
  ...{ multiplier: '', ownership: 'by-place', limits: [] },
};

const dayMs = 86_400_000;
export function valuesOf(key: Key): KeyValues {
  return {
    ...{ name: key.name, count: '1', memberId: key.memberId ?? '', planId: key.planId ?? '', owner: key.owner ?? '' },
    ...{ tags: key.tags.join(', '), note: key.note ?? '', models: key.models.join(', ') },
    ...{ deniedModels: key.deniedModels.join(', '), services: key.services, clients: key.clients },
    addresses: key.addresses.join(', '),
    expires: key.expiresAt === undefined ? '' : dayOf(key.expiresAt),
    lifetimeDays: key.lifetimeMs === undefined ? '' : String(key.lifetimeMs / dayMs),
    maxConcurrent: key.maxConcurrent === undefined ? '' : String(key.maxConcurrent),
    multiplier: key.multiplier === undefined ? '' : String(key.multiplier),
    bound: key.accountId ?? key.groupId ?? '',
    ownership: key.isOwn === undefined ? 'by-place' : key.isOwn ? 'own' : 'foreign',
    limits: key.limits.map(toDraft),
  };
}

/** Only what is said. */
export function newKeyOf(values: KeyValues): NewKey {
  const { name, limits, ...patch } = patchOf(values);
  const said = Object.entries({ ...patch, limits }).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(said), name: name ?? '' };
}

/** Everything that a form shows; null takes away. `before` keeps what a day or a lifetime was to the millisecond. */
export function patchOf(values: KeyValues, before?: Key): Patch {
  const { name, expires, lifetimeDays, bound, ownership } = values;
  const shown = before && valuesOf(before);
  const lifetimeMs = lifetimeDays === '' ? null : Math.round(Number(lifetimeDays) * dayMs);
  return {
    name,
    ...{ memberId: values.memberId || null, planId: values.planId || null, owner: values.owner.trim() || null },
    ...{ tags: words(values.tags), note: values.note.trim() || null },
    ...{ models: words(values.models), deniedModels: words(values.deniedModels), addresses: words(values.addresses) },
    ...{ services: [...values.services], clients: [...values.clients] },
    ...(expires === shown?.expires ? {} : { expiresAt: endOfDay(expires) }),
    // Given anew a lifetime begins again.
    ...(lifetimeDays === shown?.lifetimeDays ? {} : { lifetimeMs }),
    maxConcurrent: values.maxConcurrent === '' ? null : Number(values.maxConcurrent),
    multiplier: values.multiplier === '' ? null : Number(values.multiplier),
    ...{ accountId: bound.startsWith('acc_') ? bound : null, groupId: bound.startsWith('grp_') ? bound : null },
    isOwn: ownership === 'by-place' ? null : ownership === 'own',
    limits: toLimits(values.limits, localZone),
  };
}

export function endOfDay(day: string): number | null {
  return day === '' ? null : new Date(`${day}T23:59:59.999`).getTime();
}
