import { create } from 'zustand';
import {
  ApiFailure,
  askForSession,
  callApi,
  exchangeMember,
  exchangePassword,
  exchangeTicket,
  lockSession,
} from '../api/client.ts';

/** Why there is no session: none was asked for, the link was refused, or nobody answers. */
export type Refusal = 'none' | 'link-refused' | 'unreachable';

interface Entry {
  /** Waiting: the relay cannot start before its owner has decided something. */
  readonly phase: 'opening' | 'signed-in' | 'signed-out' | 'locked' | 'waiting';
  readonly refusal: Refusal;
}

interface Session extends Entry {
  /** Whether a password gets in, where there is no link. */
  readonly takesPassword: boolean;
  /** Whether this is another computer: members get in with their name, password and a one-time code. */
  readonly takesMember: boolean;
  /** What somebody from another computer may call; undefined for who may call everything. */
  readonly may: ReadonlySet<string> | undefined;
  /** Uses the link's ticket when there is one, else the cookie of an earlier visit. */
  open(): Promise<void>;
  /** The relay no longer takes our cookie. */
  lost(reason: 'signed-out' | 'locked' | 'waiting'): void;
  /** Why it was not taken; undefined when it was. */
  enter(password: string): Promise<ApiFailure | undefined>;
  enterAs(given: Readonly<Record<'name' | 'password' | 'code', string>>): Promise<ApiFailure | undefined>;
  lock(): Promise<void>;
  /** What they may do may have been changed. */
  lookAgain(): Promise<void>;
}

const signedIn: Entry = { phase: 'signed-in', refusal: 'none' };
const waiting: Entry = { phase: 'waiting', refusal: 'none' };

export const useSession = create<Session>((set, get) => ({
  phase: 'opening',
  refusal: 'none',
  takesPassword: false,
  takesMember: false,
  may: undefined,
  async open() {
    set({ phase: 'opening' });
    const entry = await enter(takeTicket());
    set({ ...entry, ...(await waysIn()) });
  },
  lost(phase) {
    // Many answers may say so at once.
    if (get().phase === phase) return;
    set({ phase, refusal: 'none' });
    void waysIn().then(set);
  },
  async lookAgain() {
    set(await waysIn());
  },
  enter: (password) => signedInBy(exchangePassword(password)),
  enterAs: (given) => signedInBy(exchangeMember(given)),
  async lock() {
    await lockSession();
    get().lost('locked');
  },
}));

async function signedInBy(exchange: Promise<void>): Promise<ApiFailure | undefined> {
  try {
    await exchange;
    // First what may be shown, then the pages.
    useSession.setState({ ...(await waysIn()), ...signedIn });
    return undefined;
  } catch (error) {
    if (error instanceof ApiFailure) return error;
    throw error;
  }
}

/** Who cannot be asked takes none. */
async function waysIn(): Promise<Pick<Session, 'takesPassword' | 'takesMember' | 'may'>> {
  try {
    const { takesPassword, takesMember = false, may } = await askForSession();
    return { takesPassword: takesPassword && !takesMember, takesMember, may: may && new Set(may) };
  } catch {
    return { takesPassword: false, takesMember: false, may: undefined };
  }
}

async function enter(ticket: string | undefined): Promise<Entry> {
  try {
    if (ticket !== undefined) return (await exchangeTicket(ticket)).isWaiting ? waiting : signedIn;
    await callApi('status', {});
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
  if (kind === 'waiting') return waiting;
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
