import express, {
  type ErrorRequestHandler,
  type NextFunction,
  type Request,
  type Response,
  type Router,
} from 'express';
import * as z from 'zod';
import type { IssuedKey } from '../../keys/repository.ts';
import type { MemberAccess } from '../../people/access-rules.ts';
import type { AuditedChange } from '../../store/audit-scope.ts';
import { AdminError, statusOf, toAdminError } from '../admin/errors.ts';
import { parseInput } from '../admin/operation.ts';
import { cookieOf, isForeignPage, isSafe, mayChange, portOf } from '../own-page.ts';
import type { Seen } from '../peer.ts';
import { type MeRouteName, meRoutes } from './contract.ts';
import type { MemberDoor, Visitor } from './door.ts';
import { type MineDeps, mayRotate, ownKeys, showMine } from './mine.ts';
import type { OidcDoor } from './oidc-door.ts';
import type { OwnSignIn } from './own-sign-in.ts';

export interface MeDeps extends MineDeps {
  readonly seen: Seen;
  readonly door: MemberDoor;
  readonly oidc: OidcDoor;
  access(): Promise<MemberAccess>;
  readonly own: OwnSignIn;
  closeSession(token: string): Promise<void>;
  rotateKey(id: string, graceMs: number): Promise<IssuedKey | undefined>;
  audited<T>(change: AuditedChange, work: () => Promise<T>): Promise<T>;
  /** Told about errors that are not the visitor's. */
  report(error: unknown): void;
}

/** A rotated key's old secret works so long: enough to put the new one in everywhere. */
const graceMs = 24 * 3_600_000;

type SignedIn = (name: MeRouteName, answer: Answer) => void;
type Answer = (request: Request, response: Response, visitor: Visitor) => Promise<unknown>;

/** The API of the members' own page. The edge has checked `Host` and refused foreign origins before. */
export function meRouter(deps: MeDeps): Router {
  const router = express.Router();
  router.use(checkPage, express.json({ limit: '16kb', inflate: false }));
  serveSessions(router, deps);
  serveOidc(router, deps);
  const signedIn: SignedIn = (name, answer) =>
    serve(router, name, async (request, response) => answer(request, response, await visitorOf(deps, request)));
  signedIn('showMine', async (request, _response, visitor) => {
    const { timeZone } = parseInput(meRoutes.showMine.input, inputOf(request));
    return await showMine(deps, visitor, { timeZone, rotateKeys: (await deps.access()).rotateKeys });
  });
  signedIn('rotateKey', async (request, _response, visitor) => {
    const { id } = parseInput(meRoutes.rotateKey.input, inputOf(request));
    return await rotate(deps, visitor, { id, address: deps.seen.addressOf(request) });
  });
  serveOwnSignIn(deps, signedIn);
  router.use(() => {
    throw new AdminError('not-found', 'There is no such page of members.');
  });
  router.use(refuse(deps));
  return router;
}

function serve(router: Router, name: MeRouteName, answer: (request: Request, response: Response) => Promise<unknown>) {
  const { method, path, output } = meRoutes[name];
  const verb = ({ GET: 'get', POST: 'post', DELETE: 'delete' } as const)[method];
  router.route(path)[verb](async (request: Request, response: Response) => {
    response.json(output.parse(await answer(request, response)));
  });
}

function serveSessions(router: Router, deps: MeDeps): void {
  const { door } = deps;
  serve(router, 'showSession', async (request) => {
    parseInput(meRoutes.showSession.input, inputOf(request));
    const isOpen = (await door.visitor(tokenOf(request))) !== undefined;
    return { state: isOpen ? 'open' : 'signed-out', ways: { ...(await door.ways()), oidc: await deps.oidc.label() } };
  });
  serve(router, 'openSession', async (request, response) => {
    const given = parseInput(meRoutes.openSession.input, inputOf(request));
    const token = await door.signIn(given, deps.seen.addressOf(request));
    await endSession(deps, request);
    response.setHeader('set-cookie', sessionCookie(deps.seen, request, token));
    return { signedIn: true };
  });
  serve(router, 'closeSession', async (request, response) => {
    parseInput(meRoutes.closeSession.input, inputOf(request));
    await endSession(deps, request);
    response.setHeader('set-cookie', `${sessionCookie(deps.seen, request, '')}; Max-Age=0`);
    return { signedIn: false };
  });
}

function serveOwnSignIn({ own, seen }: MeDeps, signedIn: SignedIn): void {
  const { setPassword, beginSecondFactor, confirmSecondFactor, removeSecondFactor } = meRoutes;
  signedIn('showSignIn', async (_request, _response, visitor) => await own.show(visitor));
  signedIn('setPassword', async (request, response, visitor) => {
    const { password, current } = parseInput(setPassword.input, inputOf(request));
    const token = await own.setPassword({ visitor, current, address: seen.addressOf(request) }, password);
    if (token !== undefined) response.setHeader('set-cookie', sessionCookie(seen, request, token));
    return await own.show(visitor);
  });
  signedIn('beginSecondFactor', async (request, _response, visitor) => {
    const { current } = parseInput(beginSecondFactor.input, inputOf(request));
    return await own.beginFactor({ visitor, current, address: seen.addressOf(request) });
  });
  signedIn('confirmSecondFactor', async (request, _response, visitor) => {
    const { code } = parseInput(confirmSecondFactor.input, inputOf(request));
    return await own.confirmFactor({ visitor, address: seen.addressOf(request) }, code);
  });
  signedIn('removeSecondFactor', async (request, _response, visitor) => {
    const { current } = parseInput(removeSecondFactor.input, inputOf(request));
    await own.removeFactor({ visitor, current, address: seen.addressOf(request) });
    return await own.show(visitor);
  });
}

function serveOidc(router: Router, { oidc, seen }: MeDeps): void {
  serve(router, 'startOidc', async (request, response) => {
    parseInput(meRoutes.startOidc.input, inputOf(request));
    const { url, ticket } = await oidc.start(ownOrigin(seen, request), seen.addressOf(request));
    response.setHeader('set-cookie', ticketCookie(seen, request, ticket));
    return { url };
  });
  router.get(callbackPath, async (request, response) => {
    const ticket = cookieOf(request, ticketName(request));
    const gone = `${ticketCookie(seen, request, '')}; Max-Age=0`;
    const address = seen.addressOf(request);
    const token = await oidc.finish({ origin: ownOrigin(seen, request), query: queryOf(request), ticket, address });
    if (typeof token === 'string') response.setHeader('set-cookie', [gone, sessionCookie(seen, request, token)]);
    else response.setHeader('set-cookie', gone);
    response.redirect(303, typeof token === 'string' ? '/me/' : `/me/#refused=${token.refused}`);
  });
}

/** Where the issuer sends the browser back to, under the API's root. */
const callbackPath = '/oidc/callback';

async function rotate(
  deps: MeDeps,
  visitor: Visitor,
  { id, address }: { readonly id: string; readonly address: string | undefined },
) {
  const key = (await ownKeys(deps, visitor)).find((one) => one.id === id);
  // Whether somebody else has a key with that id is nobody's business.
  if (!key) throw new AdminError('not-found', 'You have no such key.');
  if (!(await deps.access()).rotateKeys || !mayRotate(visitor, key)) {
    throw new AdminError('forbidden', 'Ask the owner of this Waystation for a new key.');
  }
  const now = deps.clock.now();
  const actor = { kind: 'member', id: visitor.member?.id ?? visitor.key?.id, address } as const;
  const issued = await deps.audited({ actor, action: 'rotateOwnKey', at: now }, () => deps.rotateKey(id, graceMs));
  if (!issued) throw new AdminError('not-found', 'You have no such key.');
  return { id, secret: issued.secret, oldUntil: now + graceMs };
}

async function visitorOf({ door }: MeDeps, request: Request): Promise<Visitor> {
  const visitor = await door.visitor(tokenOf(request));
  if (visitor) return visitor;
  throw new AdminError('signed-out', 'You are not signed in. Sign in with your key or your password.');
}

async function endSession({ closeSession }: MeDeps, request: Request): Promise<void> {
  const token = tokenOf(request);
  if (token !== undefined) await closeSession(token);
}

/** Decided from the headers alone. Only the issuer's answer comes from another site: its ticket is looked at instead. */
function checkPage(request: Request, response: Response, next: NextFunction): void {
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  const isCallback = request.method === 'GET' && request.path === callbackPath;
  if (!isCallback && (isForeignPage(request) || !mayChange(request))) {
    throw new AdminError('forbidden', "Only Waystation's own pages may do this. Open the page of this address itself.");
  }
  const isJson = /^application\/json(; *charset=utf-8)?$/i.test(request.headers['content-type'] ?? '');
  if (!isSafe(request) && !isJson) {
    throw new AdminError('content-type-unsupported', 'Send JSON, with content-type: application/json.');
  }
  next();
}

function inputOf(request: Request): unknown {
  const given: unknown = isSafe(request) ? request.query : request.body;
  const fields = z.record(z.string(), z.unknown()).safeParse(given ?? {});
  // NOTE: zod would drop this one name silently.
  if (!fields.success || Object.hasOwn(given ?? {}, '__proto__')) {
    throw new AdminError('request-invalid', 'The body must be a JSON object with the fields of this address.');
  }
  if (Object.keys(request.params).some((name) => Object.hasOwn(fields.data, name))) {
    throw new AdminError('request-invalid', 'What stands in the path belongs there, not in the body.');
  }
  return { ...fields.data, ...request.params };
}

function queryOf({ originalUrl }: Request): string {
  const mark = originalUrl.indexOf('?');
  return mark < 0 ? '' : originalUrl.slice(mark);
}

/** `Host` is one of the names that the edge allows. */
function ownOrigin(seen: Seen, request: Request): string {
  return `${seen.isEncrypted(request) ? 'https' : 'http'}://${request.headers.host ?? ''}`;
}

function tokenOf(request: Request): string | undefined {
  return cookieOf(request, cookieName(request));
}

function cookieName(request: Request): string {
  return `waystation_me_${portOf(request)}`;
}

function sessionCookie(seen: Seen, request: Request, token: string): string {
  return `${cookieName(request)}=${token}; HttpOnly; SameSite=Strict; Path=/me${seen.isEncrypted(request) ? '; Secure' : ''}`;
}

function ticketName(request: Request): string {
  return `waystation_oidc_${portOf(request)}`;
}

/** Lax: it has to come along when the issuer sends the browser back. It opens nothing by itself. */
function ticketCookie(seen: Seen, request: Request, ticket: string): string {
  const secure = seen.isEncrypted(request) ? '; Secure' : '';
  return `${ticketName(request)}=${ticket}; HttpOnly; SameSite=Lax; Path=/me/api/oidc${secure}`;
}

function refuse({ report }: MeDeps): ErrorRequestHandler {
  // biome-ignore lint/complexity/useMaxParams: Express knows an error handler by its four parameters
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const { kind, message, issues, retryAfterMs } = toAdminError(error);
    if (kind === 'internal') report(error);
    if (retryAfterMs !== undefined) response.setHeader('retry-after', Math.ceil(retryAfterMs / 1_000));
    response.status(statusOf[kind]).json({ error: { kind, message, ...(issues && { issues }) } });
  };
}
