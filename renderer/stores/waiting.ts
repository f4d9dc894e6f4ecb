import { create } from 'zustand';
import type { Choice, Trouble } from '../../app/server/admin/contract-waiting.ts';
import { ApiFailure, answerWaiting, askWaiting } from '../api/client.ts';
import { useSession } from './session.ts';

interface Waiting {
  readonly trouble: Trouble | undefined;
  readonly failure: ApiFailure | undefined;
  readonly isRunning: boolean;
  /** It was asked to end, and has. */
  readonly isEnded: boolean;
  look(): Promise<void>;
  choose(choice: Choice): Promise<void>;
}

/** What the relay asks before it starts, and the answer. */
export const useWaiting = create<Waiting>((set, get) => ({
  trouble: undefined,
  failure: undefined,
  isRunning: false,
  isEnded: false,
  async look() {
    try {
      set({ trouble: await askWaiting(), failure: undefined });
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      // Somebody else answered: what is there now has no such question.
      if (error.kind === 'signed-out' || error.kind === 'not-found') await useSession.getState().open();
      else set({ failure: error });
    }
  },
  async choose(choice) {
    set({ isRunning: true, failure: undefined });
    try {
      const { next, ended } = await answerWaiting(choice);
      if (ended) set({ isEnded: true });
      else if (next === null) await get().look();
      else goTo(next);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      set({ failure: error });
    } finally {
      set({ isRunning: false });
    }
  },
}));

/** The same address with another ticket is no new page by itself. */
function goTo(address: string): void {
  location.replace(address);
  if (new URL(address).origin === location.origin) location.reload();
}
