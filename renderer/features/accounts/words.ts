import { useTranslation } from 'react-i18next';
import type { SchemaField } from '../../components/schema-field.ts';
import type { FieldWords } from '../../components/schema-fields.tsx';

/** What people read for the fields of providers; one that is newer than this page keeps its own words. */
const titles = {
  baseUrl: 'accounts.fieldAddress',
  auth: 'accounts.fieldAuth',
  modelPrefix: 'accounts.fieldPrefix',
  region: 'accounts.fieldRegion',
  endpoint: 'accounts.fieldEndpoint',
  organization: 'accounts.fieldOrganization',
  project: 'accounts.fieldProject',
  apiVersion: 'accounts.fieldVersion',
  mode: 'accounts.fieldMode',
  version: 'accounts.fieldPath',
  apiKey: 'accounts.fieldKey',
  token: 'accounts.fieldKey',
  accessToken: 'accounts.fieldToken',
  accessKeyId: 'accounts.fieldKeyId',
  secretAccessKey: 'accounts.fieldSecretKey',
  sessionToken: 'accounts.fieldSession',
  profile: 'accounts.fieldProfile',
} as const;

const forms = {
  'api-key': 'accounts.formKey',
  aws: 'accounts.formAws',
  'default-chain': 'accounts.formChain',
} as const;

export function useFieldWords(): FieldWords & { formOf(kind: string, title: string): string } {
  const { t } = useTranslation();
  return {
    labelOf: (field) => (isKeyOf(titles, field) ? t(titles[field]) : field),
    hintOf: ({ name, isRequired, example }: SchemaField) => {
      if (name === 'baseUrl') return isRequired ? undefined : t('accounts.addressHint', { address: example ?? '' });
      return isRequired || name === 'sessionToken' || name === 'profile' ? undefined : t('accounts.mayBeEmpty');
    },
    formOf: (kind, title) => (isKeyOf(forms, kind) ? t(forms[kind]) : title),
  };
}

function isKeyOf<Names extends object>(names: Names, name: PropertyKey): name is keyof Names {
  return Object.hasOwn(names, name);
}
