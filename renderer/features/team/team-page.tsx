import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { PageHeading } from '../../components/page-heading.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { ActivityTab } from './activity-tab.tsx';
import { KeysPanel } from './keys-panel.tsx';
import { MembersPanel } from './members-panel.tsx';
import { PlansTab } from './plans-tab.tsx';
import { SharingTab } from './sharing/sharing-tab.tsx';

const names = ['sharing', 'members', 'keys', 'plans', 'activity'] as const;
type TabName = (typeof names)[number];

/** Who may use the relay, with what, for how much, and what they were refused. */
export function TeamPage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const chosen = names.find((name) => name === search.get('tab')) ?? 'members';
  const tabs: Readonly<Record<TabName, () => React.ReactNode>> = {
    sharing: () => <SharingTab />,
    members: () => <MembersPanel />,
    keys: () => <KeysPanel />,
    plans: () => <PlansTab />,
    activity: () => <ActivityTab />,
  };
  return (
    <>
      <PageHeading title={t('nav.team')} note={t('team.note')} />
      <Tabs<TabName>
        label={t('nav.team')}
        value={chosen}
        onChange={(tab) => setSearch({ tab })}
        tabs={names.map((name) => ({
          name,
          title: t(`team.tab-${name}`),
          content: name === chosen ? tabs[name]() : null,
        }))}
      />
    </>
  );
}
