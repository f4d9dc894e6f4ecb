import { create } from 'zustand';
import { ApiFailure, askForPasswords, callApi, exchangePassword, exchangeTicket, lockSession } from '../api/client.ts';

/** Why there is no session: none was asked for, the link was refused, or nobody answers. */
export type Refusal = 'none' | 'link-refused' | 'unreachable';

interface Entry {
  readonly phase: 'opening' | 'signed-in' | 'signed-out' | 'locked';
  readonly refusal: Refusal;
}

interface Session extends Entry {
  /** Whether a password gets in, where there is no link. */
  readonly takesPassword: boolean;
  /** Uses the link's ticket when there is one, else the cookie of an earlier visit. */
  open(): Promise<void>;
  /** The relay no longer takes our cookie. */
  lost(reason: 'signed-out' | 'locked'): void;
  /** Why it was not taken; undefined when it was. */
  enter(password: string): Promise<ApiFailure | undefined>;
  lock(): Promise<void>;
}

const signedIn: Entry = { phase: 'signed-in', refusal: 'none' };

export const useSession = create<Session>((set, get) => ({
  phase: 'opening',
  refusal: 'none',
  takesPassword: false,
  async open() {
    set({ phase: 'opening' });
    const entry = await enter(takeTicket());
    set({ ...entry, takesPassword: entry.phase !== 'signed-in' && (await canTypePassword()) });
  },
  lost(phase) {
    // Many answers may say so at once.
    if (get().phase === phase) return;
    set({ phase, refusal: 'none' });
    void canTypePassword().then((takesPassword) => set({ takesPassword }));
  },
  async enter(password) {
    try {
      await exchangePassword(password);
      set(signedIn);
      return undefined;
    } catch (error) {
      if (error instanceof ApiFailure) return error;
      throw error;
    }
  },
  async lock() {
    await lockSession();
    get().lost('locked');
  },
}));

/** Who cannot be asked takes none. */
async function canTypePassword(): Promise<boolean> {
  try {
    return await askForPasswords();
  } catch {
    return false;
  }
}

async function enter(ticket: string | undefined): Promise<Entry> {
  try {
    if (ticket !== undefined) await exchangeTicket(ticket);
    else await callApi('status', {});
    return signedIn;
  } catch (error) {
    if (ticket === undefined) return entryWithout(error);
    // A used link opened again: the cookie it left may still be good.
    const entry = await enter(undefined);
    return entry.refusal === 'none' && entry.phase === 'signed-out' ? { ...entry, refusal: 'link-refused' } : entry;
  }
}

function entryWithout(error: unknown): Entry {
  const kind = error instanceof ApiFailure ? error.kind : undefined;
  if (kind === 'unreachable') return { phase: 'signed-out', refusal: 'unreachable' };
  if (kind === 'locked') return { phase: 'locked', refusal: 'none' };
  // Any other failure is no matter of signing in: the page itself shows it.
  return kind === 'signed-out' ? { phase: 'signed-out', refusal: 'none' } : signedIn;
}

/** Reads the ticket from the address and removes it there, so that it stays in no history and no bookmark. */
function takeTicket(): string | undefined {
  const ticket = new URLSearchParams(location.hash.slice(1)).get('ticket');
  if (ticket === null) return undefined;
  history.replaceState(null, '', location.pathname + location.search);
  return ticket;
}
