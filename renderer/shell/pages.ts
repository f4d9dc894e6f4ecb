import { Activity, BarChart3, House, KeyRound, type LucideIcon, Server } from 'lucide-react';
import { type ComponentType, lazy } from 'react';

export interface PageEntry {
  /** Also its translation `nav.<id>`. */
  readonly id: 'home' | 'live' | 'accounts' | 'keys' | 'usage';
  readonly path: string;
  readonly icon: LucideIcon;
  readonly Page: ComponentType;
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
    id: 'keys',
    path: '/keys',
    icon: KeyRound,
    Page: lazy(async () => ({ default: (await import('../features/keys/keys-page.tsx')).KeysPage })),
  },
  {
    id: 'usage',
    path: '/usage',
    icon: BarChart3,
    Page: lazy(async () => ({ default: (await import('../features/usage/usage-page.tsx')).UsagePage })),
  },
];
