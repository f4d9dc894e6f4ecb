import { create } from 'zustand';
import type { MeInput, MeOutput } from '../../app/server/me/contract.ts';
import { ask, type Failure } from './api.ts';

export type Mine = MeOutput<'showMine'>;
export type Ways = MeOutput<'showSession'>['ways'];

interface Visit {
  readonly phase: 'loading' | 'signed-out' | 'open' | 'lost';
  readonly ways: Ways | undefined;
  readonly mine: Mine | undefined;
  /** Why the last look failed. */
  readonly failure: Failure | undefined;
  /** When `mine` arrived, epoch milliseconds. */
  readonly loadedAt: number | undefined;
  /** Looks whether somebody is signed in, and at what they see. */
  look(): Promise<void>;
  /** Undefined when it went well. */
  signIn(credentials: MeInput<'openSession'>): Promise<Failure | undefined>;
  signInElsewhere(): Promise<Failure | undefined>;
  signOut(): Promise<void>;
  rotate(id: string): Promise<{ readonly secret: string } | Failure>;
}

/** Who is here, and what they see of themselves. */
export const useVisit = create<Visit>((set, get) => ({
  phase: 'loading',
  ways: undefined,
  mine: undefined,
  failure: undefined,
  loadedAt: undefined,
  async look() {
    const session = await ask('showSession', {});
    if ('failure' in session) {
      set({ failure: session.failure, ...(get().mine === undefined && { phase: 'lost' }) });
      return;
    }
    const { state, ways } = session.value;
    if (state === 'signed-out') {
      set({ phase: 'signed-out', ways, mine: undefined, failure: undefined });
      return;
    }
    const mine = await ask('showMine', { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone });
    if ('value' in mine) set({ phase: 'open', ways, mine: mine.value, failure: undefined, loadedAt: Date.now() });
    else set({ phase: get().mine === undefined ? 'lost' : 'open', ways, failure: mine.failure });
  },
  async signIn(credentials) {
    const opened = await ask('openSession', credentials);
    if ('failure' in opened) return opened.failure;
    await get().look();
    return undefined;
  },
  async signInElsewhere() {
    const started = await ask('startOidc', {});
    if ('failure' in started) return started.failure;
    location.assign(started.value.url);
    return undefined;
  },
  async signOut() {
    await ask('closeSession', {});
    set({ mine: undefined });
    await get().look();
  },
  async rotate(id) {
    const rotated = await ask('rotateKey', { id });
    if ('failure' in rotated) return rotated.failure;
    await get().look();
    return rotated.value;
  },
}));
