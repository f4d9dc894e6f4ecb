import { Activity, BarChart3, House, type LucideIcon, Plug, Route, Server, Settings, Users } from 'lucide-react';
import { type ComponentType, lazy } from 'react';
import type { RouteName } from '../../app/server/admin/contract.ts';
import { useMay } from '../components/allowed.tsx';

export interface PageEntry {
  /** Also its translation `nav.<id>`. */
  readonly id: 'home' | 'live' | 'accounts' | 'routing' | 'connections' | 'team' | 'usage' | 'settings';
  readonly path: string;
  readonly icon: LucideIcon;
  readonly Page: ComponentType;
  /** Nothing on it is of use to who may not call this. */
  readonly needs?: RouteName;
}

/** Every page, in the order of the navigation; each is loaded when it is opened. */
export const pages: readonly PageEntry[] = [
  {
    id: 'home',
    path: '/',
    icon: House,
    Page: lazy(async () => ({ default: (await import('../features/home/home-page.tsx')).HomePage })),
  },
  {
    id: 'live',
    path: '/live',
    icon: Activity,
    Page: lazy(async () => ({ default: (await import('../features/live/live-page.tsx')).LivePage })),
  },
  {
    id: 'accounts',
    path: '/accounts',
    icon: Server,
    Page: lazy(async () => ({ default: (await import('../features/accounts/accounts-page.tsx')).AccountsPage })),
  },
  {
    id: 'routing',
    path: '/routing',
    icon: Route,
    Page: lazy(async () => ({ default: (await import('../features/routing/routing-page.tsx')).RoutingPage })),
  },
  {
    id: 'connections',
    path: '/connections',
    icon: Plug,
    needs: 'connectTool',
    Page: lazy(async () => ({
      default: (await import('../features/connections/connections-page.tsx')).ConnectionsPage,
    })),
  },
  {
    id: 'team',
    path: '/team',
    icon: Users,
    Page: lazy(async () => ({ default: (await import('../features/team/team-page.tsx')).TeamPage })),
  },
  {
    id: 'usage',
    path: '/usage',
    icon: BarChart3,
    Page: lazy(async () => ({ default: (await import('../features/usage/usage-page.tsx')).UsagePage })),
  },
  {
    id: 'settings',
    path: '/settings',
    icon: Settings,
    Page: lazy(async () => ({ default: (await import('../features/settings/settings-page.tsx')).SettingsPage })),
  },
];

/** Those that are of use to who is signed in. */
export function usePages(): readonly PageEntry[] {
  const may = useMay();
  return pages.filter(({ needs }) => needs === undefined || may(needs));
}
