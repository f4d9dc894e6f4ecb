import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { PageHeading } from '../../components/page-heading.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { AboutPanel } from './about-panel.tsx';
import { AppearancePanel } from './appearance-panel.tsx';
import { AuditPanel } from './audit-panel.tsx';
import { DoctorPanel } from './doctor-panel.tsx';
import { PasswordPanel } from './password-panel.tsx';
import { RetentionPanel } from './retention-panel.tsx';
import { SettingPanels } from './setting-panels.tsx';
import { SignInsPanel } from './sign-ins-panel.tsx';

const names = ['general', 'security', 'data', 'diagnostics'] as const;

/** What holds for the relay as a whole, and for this browser. */
export function SettingsPage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const open = names.find((name) => name === search.get('tab')) ?? 'general';
  const contents = {
    general: (
      <>
        <AppearancePanel />
        <AboutPanel />
        <SettingPanels group="accounts" />
      </>
    ),
    security: (
      <>
        <PasswordPanel />
        <SettingPanels group="security" />
        <SignInsPanel />
      </>
    ),
    data: (
      <>
        <RetentionPanel />
        <SettingPanels group="data" />
        <AuditPanel />
      </>
    ),
    diagnostics: <DoctorPanel />,
  };
  return (
    <>
      <PageHeading title={t('nav.settings')} note={t('settings.note')} />
      <Tabs
        label={t('nav.settings')}
        value={open}
        onChange={(tab) => setSearch({ tab })}
        tabs={names.map((name) => ({ name, title: t(`settings.${name}`), content: contents[name] }))}
      />
    </>
  );
}
