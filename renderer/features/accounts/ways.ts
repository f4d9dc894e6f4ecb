import type { Output } from '../../../app/server/admin/contract.ts';
import { beginWith, fieldsOf, formsOf, type SchemaField, typedValue } from '../../components/schema-field.ts';

export type ProviderKind = Output<'listProviders'>[number];

/** How an account can be added, in the order in which they are offered. */
export const ways = ['sign-in', 'found', 'key', 'cloud', 'relay', 'own'] as const;
export type Way = (typeof ways)[number];

const clouds: ReadonlySet<string> = new Set(['bedrock', 'azure-openai']);

/** By which of the ways accounts of a kind are added. */
export function wayOf({ id, signIn, secret, settings }: ProviderKind): Exclude<Way, 'found'> {
  if (signIn) return 'sign-in';
  if (secret === null) return 'own';
  if (clouds.has(id)) return 'cloud';
  const required = settings['required'];
  return Array.isArray(required) && required.includes('baseUrl') ? 'relay' : 'key';
}

/** What of a credential a person is asked for: one set of fields, or one of several. */
export interface SecretForm {
  readonly kind: string;
  readonly title: string;
  readonly fields: readonly SchemaField[];
}

export function secretFormsOf({ secret }: ProviderKind): readonly SecretForm[] {
  if (secret === null) return [];
  const forms = formsOf(secret);
  if (forms) return forms;
  // What a sign-in brings beside its token nobody types.
  const [first] = (fieldsOf(onlyNeeded(secret)) ?? []).filter(({ isRequired }) => isRequired);
  return first ? [{ kind: '', title: '', fields: [first] }] : [];
}

/** As the API takes it: the one thing that was typed, or the form with all that is in it. */
export function secretLine({ kind, fields }: SecretForm, typed: Readonly<Record<string, unknown>>): string {
  const value = typedValue(fields, typed);
  if (kind !== '') return JSON.stringify({ kind, ...value });
  return String(Object.values(value)[0] ?? '');
}

export function beginSettings(provider: ProviderKind, settings: Readonly<Record<string, unknown>> = {}) {
  return beginWith(settingFieldsOf(provider), JSON.parse(JSON.stringify(settings)));
}

export function settingFieldsOf({ settings }: ProviderKind): readonly SchemaField[] {
  return fieldsOf(settings) ?? [];
}

function onlyNeeded(secret: NonNullable<ProviderKind['secret']>) {
  const required = Array.isArray(secret['required']) ? secret['required'] : [];
  const properties = Object.entries(Object(secret['properties'])).filter(([name]) => required.includes(name));
  return { ...secret, properties: Object.fromEntries(properties) };
}
