import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { useMay } from '../../components/allowed.tsx';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Panel } from '../../components/panel.tsx';
import { SchemaForm } from '../../components/schema-form.tsx';
import { useApi, useChange } from '../../stores/api.ts';

type Setting = Output<'listSettings'>[number];

/** What people read for the names of the API; a setting that is newer than this page keeps its own. */
const titles = {
  'oauth.endpoints': 'settings.oauth',
  'admin.access': 'settings.access',
  'admin.lan': 'settings.adminLan',
  'members.sign-in': 'settings.memberAccess',
  'audit.retention': 'settings.auditRetention',
  'prices.source': 'settings.priceOrigin',
  'billing.multipliers': 'settings.multipliers',
} as const;
const fields = {
  allowPassword: 'settings.allowPassword',
  lockMinutes: 'settings.lockMinutes',
  isOn: 'settings.lanIsOn',
  allowPlain: 'settings.lanAllowPlain',
  allowKeys: 'settings.allowKeys',
  allowPasswords: 'settings.allowPasswords',
  rotateKeys: 'settings.rotateKeys',
  days: 'settings.days',
  url: 'settings.url',
  publicKey: 'settings.publicKey',
  sha256: 'settings.sha256',
  allowLocal: 'settings.allowLocal',
  anthropic: 'settings.anthropic',
  openai: 'settings.openai',
  gemini: 'settings.gemini',
  azure: 'settings.azure',
  bedrock: 'settings.bedrock',
} as const;

/** A form for each setting of a group, drawn from the schema that the relay tells. */
export function SettingPanels({ group }: { readonly group: Setting['group'] }) {
  const settings = useApi('listSettings', {});
  const may = useMay();
  if (!may('changeSetting')) return null;
  const shown = (settings.value ?? []).filter((setting) => setting.group === group);
  return shown.map((setting) => <SettingPanel key={setting.name} setting={setting} resource={settings} />);
}

interface Props {
  readonly setting: Setting;
  readonly resource: Parameters<typeof Panel>[0]['resource'];
}

function SettingPanel({ setting, resource }: Props) {
  const { t } = useTranslation();
  const change = useChange('changeSetting', ['listSettings']);
  const reset = useChange('resetSetting', ['listSettings']);
  const { name, value, schema } = setting;
  const failure = change.failure ?? reset.failure;
  const title = isKeyOf(titles, name) ? t(titles[name]) : name;
  return (
    <Panel heading={title} note={value === null ? t('settings.builtIn') : undefined} resource={resource}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        {!isKeyOf(titles, name) && <p className="max-w-prose text-muted">{setting.description}</p>}
        {isKeyOf(titles, name) && <p className="max-w-prose text-muted">{t(`${titles[name]}Note`)}</p>}
        <SchemaForm
          // What is set from elsewhere begins the form anew.
          key={JSON.stringify(value)}
          schema={schema}
          value={value}
          label={title}
          labelOf={(field) => (isKeyOf(fields, field) ? t(fields[field]) : field)}
          isRunning={change.isRunning}
          onSave={(given) => void change.run({ name, value: given }).catch(nothing)}
        />
        {change.result && !failure && <p role="status">{t('settings.saved')}</p>}
        {failure && <FailureNotice failure={failure} onRetry={change.forget} />}
        {value !== null && (
          <Button
            needs="resetSetting"
            look="quiet"
            className="self-start"
            onClick={() => void reset.run({ name }).catch(nothing)}
          >
            {t('settings.reset')}
          </Button>
        )}
      </div>
    </Panel>
  );
}

function isKeyOf<Names extends object>(names: Names, name: PropertyKey): name is keyof Names {
  return Object.hasOwn(names, name);
}

function nothing(): void {
  // The change holds its failure, and the panel shows it.
}
