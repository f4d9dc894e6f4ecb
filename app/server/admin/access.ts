import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Actor } from '../../store/audit-scope.ts';
import { cookieOf, isForeignPage, mayChange, portOf } from '../own-page.ts';
import type { Seen } from '../peer.ts';
import { backgroundHeader } from './contract.ts';
import { AdminError } from './errors.ts';
import type { AdminRole } from './roles.ts';
import type { AdminSessions, SessionState } from './sessions.ts';

/** Who asks: the holder of the control token, a browser that is signed in or locked, or somebody on our page who is neither. */
export type Caller =
  | { readonly kind: 'control' | 'page' }
  | {
      readonly kind: 'session' | 'locked';
      readonly session: SessionState;
      /** Of a member who signed in from another computer. */
      readonly role?: AdminRole | undefined;
    };

export interface AccessRule {
  /** Random for each start; who may read `runtime.json` knows it. Undefined where it opens nothing. */
  readonly token: string | undefined;
  readonly sessions: AdminSessions;
}

/**
 * Decides from the headers alone, before a body is read. The relay's edge has checked `Host` by now, so that an origin
 * equal to it is our own page.
 */
export function identify(request: IncomingMessage, { token, sessions }: AccessRule): Caller {
  const { authorization } = request.headers;
  if (isForeignPage(request)) throw foreignPage();
  if (authorization !== undefined) {
    if (token !== undefined && isSame(authorization, `Bearer ${token}`)) return { kind: 'control' };
    throw new AdminError(
      'signed-out',
      'The control token is wrong. It changes with every start: read runtime.json again.',
    );
  }
  if (!mayChange(request)) throw foreignPage();
  const cookie = sessionCookie(request);
  // A stream of events is opened again by itself.
  const isUse = request.headers[backgroundHeader] === undefined && request.headers.accept !== 'text/event-stream';
  const session = cookie === undefined ? undefined : sessions.find(cookie, { isUse });
  return session ? { kind: session.isLocked ? 'locked' : 'session', session } : { kind: 'page' };
}

/** For the record of changes. */
export function actorOf(caller: Caller, address: string | undefined): Actor {
  if (!('session' in caller)) return { kind: 'control', address };
  return { kind: 'session', id: caller.session.memberId ?? caller.session.id, address, role: caller.role };
}

/** The session's token, as the browser sent it. */
export function sessionCookie(request: IncomingMessage): string | undefined {
  return cookieOf(request, cookieName(request));
}

export function setCookie(seen: Seen, request: IncomingMessage, token: string): string {
  const secure = seen.isEncrypted(request) ? '; Secure' : '';
  return `${cookieName(request)}=${token}; HttpOnly; SameSite=Strict; Path=/admin${secure}`;
}

export function clearCookie(seen: Seen, request: IncomingMessage): string {
  return `${setCookie(seen, request, '')}; Max-Age=0`;
}

function cookieName(request: IncomingMessage): string {
  return `waystation_${portOf(request)}`;
}

function foreignPage(): AdminError {
  return new AdminError(
    'forbidden',
    "Only Waystation's own pages may do this. Open the admin UI with: waystation open",
  );
}

/** Compared as digests: equal length, and no time that depends on where they differ. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
