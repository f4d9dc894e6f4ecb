import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { Allowed, useMay } from '../../components/allowed.tsx';
import { PageHeading } from '../../components/page-heading.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { AboutPanel } from './about-panel.tsx';
import { AppearancePanel } from './appearance-panel.tsx';
import { AuditPanel } from './audit-panel.tsx';
import { BackupsPanel } from './backups-panel.tsx';
import { DesktopPanel } from './desktop-panel.tsx';
import { DiagnosticsPanel } from './diagnostics-panel.tsx';
import { DirectoryPanel } from './directory-panel.tsx';
import { DoctorPanel } from './doctor-panel.tsx';
import { ImportPanel } from './import-panel.tsx';
import { LicencesPanel } from './licences-panel.tsx';
import { MetricsPanel } from './metrics-panel.tsx';
import { NetworkPanel, ProxyPanel } from './network-panel.tsx';
import { NotificationsPanel } from './notifications-panel.tsx';
import { PasswordPanel } from './password-panel.tsx';
import { QuietPanel } from './quiet-panel.tsx';
import { RetentionPanel } from './retention-panel.tsx';
import { SecretsPanel } from './secrets-panel.tsx';
import { SettingPanels } from './setting-panels.tsx';
import { SignInsPanel } from './sign-ins-panel.tsx';
import { ToldPanel } from './told-panel.tsx';
import { WebhooksPanel } from './webhooks-panel.tsx';

const names = ['general', 'network', 'security', 'data', 'notifications', 'diagnostics', 'about'] as const;

/** What holds for the relay as a whole, and for this browser. */
export function SettingsPage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const may = useMay();
  const isOffered = { diagnostics: may('collectDiagnostics'), notifications: may('changeSetting') };
  const shown = names.filter((name) => !(name in isOffered) || isOffered[name as keyof typeof isOffered]);
  const open = shown.find((name) => name === search.get('tab')) ?? 'general';
  const contents = {
    general: (
      <>
        <AppearancePanel />
        <DesktopPanel />
        <SettingPanels group="accounts" />
      </>
    ),
    network: (
      <>
        <NetworkPanel />
        <ProxyPanel />
      </>
    ),
    security: (
      <>
        <PasswordPanel />
        <SecretsPanel />
        <SettingPanels group="security" />
        <Allowed to="setLdap">
          <DirectoryPanel />
        </Allowed>
        <Allowed to="listSignIns">
          <SignInsPanel />
        </Allowed>
        <Allowed to="makeMetricsToken">
          <MetricsPanel />
        </Allowed>
      </>
    ),
    data: (
      <>
        <Allowed to="takeBackup">
          <BackupsPanel />
        </Allowed>
        <Allowed to="importData">
          <ImportPanel />
        </Allowed>
        <Allowed to="updateRetention">
          <RetentionPanel />
        </Allowed>
        <SettingPanels group="data" />
        <AuditPanel />
      </>
    ),
    notifications: (
      <>
        <NotificationsPanel />
        <QuietPanel />
        <WebhooksPanel />
        <ToldPanel />
      </>
    ),
    diagnostics: (
      <>
        <DoctorPanel />
        <DiagnosticsPanel />
      </>
    ),
    about: (
      <>
        <AboutPanel />
        <LicencesPanel />
      </>
    ),
  };
  return (
    <>
      <PageHeading title={t('nav.settings')} note={t('settings.note')} />
      <Tabs
        label={t('nav.settings')}
        value={open}
        onChange={(tab) => setSearch({ tab })}
        tabs={shown.map((name) => ({
          name,
          title: t(name === 'about' ? 'settings.aboutTab' : `settings.${name}`),
          content: contents[name],
        }))}
      />
    </>
  );
}
