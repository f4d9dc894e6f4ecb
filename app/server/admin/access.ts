import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Actor } from '../../store/audit-scope.ts';
import { plainAddress } from '../gate.ts';
import { backgroundHeader, csrfHeader } from './contract.ts';
import { AdminError } from './errors.ts';
import type { AdminSessions, SessionState } from './sessions.ts';

/** Who asks: the holder of the control token, a browser that is signed in or locked, or somebody on our page who is neither. */
export type Caller =
  | { readonly kind: 'control' | 'page' }
  | { readonly kind: 'session' | 'locked'; readonly session: SessionState };

export interface AccessRule {
  /** Random for each start; who may read `runtime.json` knows it. */
  readonly token: string;
  readonly sessions: AdminSessions;
}

/**
 * Decides from the headers alone, before a body is read. The relay's edge has checked `Host` by now, so that an origin
 * equal to it is our own page.
 */
export function identify(request: IncomingMessage, { token, sessions }: AccessRule): Caller {
  const { authorization, origin } = request.headers;
  if ((origin !== undefined && !isOwnPage(request)) || isFromElsewhere(request)) throw foreignPage();
  if (authorization !== undefined) {
    if (isSame(authorization, `Bearer ${token}`)) return { kind: 'control' };
    throw new AdminError(
      'signed-out',
      'The control token is wrong. It changes with every start: read runtime.json again.',
    );
  }
  if (!isSafe(request) && !(isOwnPage(request) && request.headers[csrfHeader] === '1')) throw foreignPage();
  const cookie = sessionCookie(request);
  // A stream of events is opened again by itself.
  const isUse = request.headers[backgroundHeader] === undefined && request.headers.accept !== 'text/event-stream';
  const session = cookie === undefined ? undefined : sessions.find(cookie, { isUse });
  return session ? { kind: session.isLocked ? 'locked' : 'session', session } : { kind: 'page' };
}

/** For the record of changes. */
export function actorOf(caller: Caller, request: IncomingMessage): Actor {
  const address = plainAddress(request.socket.remoteAddress);
  return 'session' in caller ? { kind: 'session', id: caller.session.id, address } : { kind: 'control', address };
}

/** The session's token, as the browser sent it. */
export function sessionCookie(request: IncomingMessage): string | undefined {
  const start = `${cookieName(request)}=`;
  const pairs = request.headers.cookie?.split(';').map((pair) => pair.trim()) ?? [];
  return pairs.find((pair) => pair.startsWith(start))?.slice(start.length);
}

export function setCookie(request: IncomingMessage, token: string): string {
  return `${cookieName(request)}=${token}; HttpOnly; SameSite=Strict; Path=/admin`;
}

export function clearCookie(request: IncomingMessage): string {
  return `${setCookie(request, '')}; Max-Age=0`;
}

/** Browsers share cookies between the ports of one host: two relays on a computer must not sign each other out. */
function cookieName(request: IncomingMessage): string {
  return `waystation_${/:(\d+)$/.exec(request.headers.host ?? '')?.[1] ?? '80'}`;
}

function isOwnPage({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin !== undefined && host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

/** Browsers tell it with images and links too, which bring no origin. Another port of this computer is elsewhere as well. */
function isFromElsewhere({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

export function isSafe({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
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
