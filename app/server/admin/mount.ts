import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import express, {
  type ErrorRequestHandler,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import * as z from 'zod';
import type { Clock } from '../../domain/clock.ts';
import { isSafe } from '../own-page.ts';
import { type Seen, seenDirectly } from '../peer.ts';
import { type AccessRule, actorOf, type Caller, clearCookie, identify, sessionCookie, setCookie } from './access.ts';
import { accessRoutes, type Route, type RouteName, routes } from './contract.ts';
import { backupPath } from './contract-backups.ts';
import { eventsPath } from './contract-live.ts';
import { exportPath, exportQuestion } from './contract-usage.ts';
import { type WaitingOperations, waitingRoutes } from './contract-waiting.ts';
import type { AdminDoor } from './door.ts';
import { AdminError, statusOf, toAdminError } from './errors.ts';
import { openEventStream } from './event-stream.ts';
import type { LiveFeed } from './live-feed.ts';
import { openApiDocument } from './openapi.ts';
import { type CheckedOperations, parseInput } from './operation.ts';
import { type AdminRole, mayCall } from './roles.ts';
import type { SessionState } from './sessions.ts';
import type { ExportQuestion } from './usage-export.ts';

type Door = Pick<AdminDoor, 'sessions' | 'signIn' | 'takesPassword'>;

export interface DoorOptions {
  /** The control token of this start; undefined where it opens nothing. */
  readonly token: string | undefined;
  readonly door: Door;
  /** What the member of a session may do now, where members sign in; undefined when that session is over. */
  readonly roleOf?: ((session: SessionState) => Promise<AdminRole | undefined>) | undefined;
  /** How requests come: past a proxy its owner named, for one. By the socket alone when it is left out. */
  readonly seen?: Seen;
  /** Told about errors that are not the caller's. */
  readonly report?: ((error: unknown) => void) | undefined;
}

export interface MountOptions extends DoorOptions {
  readonly version: string;
  readonly clock: Clock;
  readonly feed: LiveFeed;
  /** Calls as a file, piece by piece. */
  readonly exportUsage?: (question: ExportQuestion) => AsyncIterable<string>;
  /** Where a backup is; throws when there is none of this name. */
  readonly backupFile?: (name: string) => string;
}

type Answer = (request: Request, response: Response) => unknown;

const verbs = { GET: 'get', POST: 'post', PATCH: 'patch', DELETE: 'delete' } as const;

/** The admin API over HTTP, to be mounted at `adminRoot`. The edge has checked `Host` and refused foreign origins before. */
export function adminRouter(operations: CheckedOperations, options: MountOptions): Router {
  return signedInRouter(options, (router, access) => {
    const { exportUsage, backupFile } = options;
    if (backupFile) router.get(backupPath, ({ params }, response) => sendBackup(response, backupFile(params.name)));
    // Before the routes: it would pass for the name of a call.
    if (exportUsage) router.get(exportPath, (request, response) => sendExport(request, response, exportUsage));
    for (const name of Object.keys(routes).filter(isRouteName)) {
      serve(router, routes[name], (request) =>
        operations[name](inputOf(request), actorOf(callerOf(access, request), access.seen.addressOf(request))),
      );
    }
    router.get('/openapi.json', (_, response) => response.json(openApiDocument(options.version)));
    router.get(eventsPath, (request, response) => {
      const standing = standingOf(access, request);
      openEventStream({ clock: options.clock, feed: options.feed, standing }, request, response);
    });
  });
}

/** What a relay asks its owner before it can start, behind the same door. */
export function waitingRouter(waiting: WaitingOperations, options: DoorOptions): Router {
  return signedInRouter({ ...options, isWaiting: true }, (router) => {
    const { showWaiting, chooseWay } = waitingRoutes;
    serve(router, showWaiting, () => waiting.show());
    serve(router, chooseWay, (request) => waiting.choose(parseInput(chooseWay.input, inputOf(request))));
    router.use(() => {
      throw new AdminError('waiting', `${waiting.show().happened} Decide in its window; open it with: waystation open`);
    });
  });
}

function signedInRouter(
  {
    token,
    door,
    report,
    roleOf,
    seen = seenDirectly,
    isWaiting = false,
  }: DoorOptions & { readonly isWaiting?: boolean },
  serveRest: (router: Router, access: Access) => void,
): Router {
  const access = {
    token,
    sessions: door.sessions,
    door,
    callers: new WeakMap<Request, Caller>(),
    isWaiting,
    roleOf,
    seen,
  };
  const router = express.Router();
  router.use(checkAccess(access), checkContentType, express.json({ limit: '1mb', inflate: false }));
  serveSessions(router, access);
  serveRest(router, access);
  router.use(() => {
    throw new AdminError('not-found', 'There is no such admin route.');
  });
  router.use(refuse(report));
  return router;
}

function serve(router: Router, { method, path, output }: Route, answer: Answer): void {
  router.route(path)[verbs[method]](async (request: Request, response: Response) => {
    response.json(output.parse(await answer(request, response)));
  });
}

const fileTypes = { csv: 'text/csv; charset=utf-8', json: 'application/json; charset=utf-8' } as const;

/** Waits for a reader that is slower, and stops when it goes away. What goes wrong in the middle breaks the connection off. */
async function sendExport(
  request: Request,
  response: Response,
  exportUsage: NonNullable<MountOptions['exportUsage']>,
): Promise<void> {
  const question = parseInput(exportQuestion, inputOf(request));
  response.setHeader('content-type', fileTypes[question.format]);
  response.setHeader('content-disposition', `attachment; filename="calls.${question.format}"`);
  try {
    await pipeline(exportUsage(question), response);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function sendBackup(response: Response, file: string): void {
  // Express would rather not send what lies under a folder with a dot, as data folders do.
  response.download(file, basename(file), { dotfiles: 'allow' });
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

interface Access extends AccessRule {
  readonly door: Door;
  readonly isWaiting: boolean;
  readonly roleOf: DoorOptions['roleOf'];
  readonly seen: Seen;
  /** Who asks, as `checkAccess` found it. */
  readonly callers: WeakMap<Request, Caller>;
}

function callerOf({ callers }: Access, request: Request): Caller {
  return callers.get(request) ?? { kind: 'page' };
}

function serveSessions(router: Router, access: Access): void {
  const { door } = access;
  serve(router, accessRoutes.createTicket, (request) => {
    parseInput(accessRoutes.createTicket.input, inputOf(request));
    if (callerOf(access, request).kind === 'control') return door.sessions.createTicket();
    throw new AdminError('forbidden', 'Only the command line and the desktop app make sign-in links: waystation open');
  });
  serve(router, accessRoutes.openSession, async (request, response) => {
    const given = parseInput(accessRoutes.openSession.input, inputOf(request));
    const token = await door.signIn(given, originOf(access, request));
    // What it was before is over, locked or not.
    endSession(access, request);
    response.setHeader('set-cookie', setCookie(access.seen, request, token));
    return { signedIn: true, ...(access.isWaiting && { isWaiting: true }) };
  });
  serve(router, accessRoutes.showSession, async (request) => {
    parseInput(accessRoutes.showSession.input, inputOf(request));
    return await stateOf(access, callerOf(access, request));
  });
  serve(router, accessRoutes.lockSession, async (request) => {
    parseInput(accessRoutes.lockSession.input, inputOf(request));
    const caller = callerOf(access, request);
    if (caller.kind !== 'session') throw new AdminError('forbidden', 'Only a signed-in browser can be locked.');
    door.sessions.lock(caller.session.id);
    return await stateOf(access, { ...caller, kind: 'locked' });
  });
  serve(router, accessRoutes.closeSession, (request, response) => {
    parseInput(accessRoutes.closeSession.input, inputOf(request));
    endSession(access, request);
    response.setHeader('set-cookie', clearCookie(access.seen, request));
    return { signedIn: false };
  });
}

function endSession({ sessions }: Access, request: Request): void {
  const token = sessionCookie(request);
  if (token !== undefined) sessions.close(token);
}

async function stateOf({ door, roleOf }: Access, caller: Caller) {
  const { kind } = caller;
  const state = kind === 'page' ? 'signed-out' : kind === 'locked' ? 'locked' : 'open';
  const role = 'session' in caller ? caller.role : undefined;
  const member = roleOf && { takesMember: true as const, role, may: role && allowedNames(role) };
  return { state, takesPassword: await door.takesPassword(), ...member };
}

/** From the table that also refuses: what a page hides and what a request is denied cannot differ. */
function allowedNames(role: AdminRole): readonly RouteName[] {
  return Object.keys(routes)
    .filter(isRouteName)
    .filter((name) => mayCall(role, routes[name]));
}

/** How the one who opened a stream stands now. */
function standingOf(access: Access, request: Request): () => 'open' | 'locked' | 'signed-out' {
  const token = callerOf(access, request).kind === 'control' ? undefined : sessionCookie(request);
  return () => {
    if (token === undefined) return 'open';
    const session = access.sessions.find(token, { isUse: false });
    return session === undefined ? 'signed-out' : session.isLocked ? 'locked' : 'open';
  };
}

function originOf({ seen }: Access, request: Request) {
  return {
    address: seen.addressOf(request),
    userAgent: request.headers['user-agent']?.slice(0, 200),
  };
}

/** Decided from the headers alone: nobody's body is read before we know who asks. */
function checkAccess(access: Access): RequestHandler {
  const { openSession, showSession, closeSession } = accessRoutes;
  const is = ({ method, path }: Route, request: Request) => request.method === method && request.path === path;
  return async (request, response, next) => {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    const caller = await withRole(access, identify(request, access));
    access.callers.set(request, caller);
    const isSignIn = is(openSession, request) || is(showSession, request);
    if (caller.kind === 'page' && !isSignIn) {
      throw new AdminError('signed-out', 'You are not signed in. Open the admin UI with: waystation open');
    }
    if (caller.kind === 'locked' && !isSignIn && !is(closeSession, request)) {
      throw new AdminError('locked', 'This page is locked. Sign in again, with: waystation open');
    }
    if ('session' in caller && caller.role !== undefined && !isSignIn && !mayCall(caller.role, request)) {
      throw new AdminError('forbidden', 'Your role does not allow this. Ask the owner of this Waystation.');
    }
    next();
  };
}

/** What a member may do is looked up for each request: it may have been taken away. */
async function withRole({ roleOf, sessions }: Access, caller: Caller): Promise<Caller> {
  if (!roleOf || !('session' in caller)) return caller;
  const role = await roleOf(caller.session);
  if (role !== undefined) return { ...caller, role };
  sessions.revoke(caller.session.id);
  return { kind: 'page' };
}

function checkContentType(request: Request, _response: Response, next: NextFunction): void {
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
    throw new AdminError('request-invalid', 'The body must be a JSON object with the fields of this route.');
  }
  const doubled = Object.keys(request.params).find((name) => Object.hasOwn(fields.data, name));
  if (doubled !== undefined)
    throw new AdminError('request-invalid', `${doubled} belongs in the path, not in the body.`);
  return { ...fields.data, ...request.params };
}

/** The edge of the admin API: every error becomes JSON here, and what is not the caller's fault is reported. */
function refuse(report: DoorOptions['report']): ErrorRequestHandler {
  // biome-ignore lint/complexity/useMaxParams: Express knows an error handler by its four parameters
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const { kind, message, issues, retryAfterMs = 60_000 } = toAdminError(error);
    if (kind === 'internal') report?.(error);
    if (kind === 'too-many-tries') response.setHeader('retry-after', Math.ceil(retryAfterMs / 1_000));
    response.status(statusOf[kind]).json({ error: { kind, message, ...(issues && { issues }) } });
  };
}

function isRouteName(name: string): name is RouteName {
  return Object.hasOwn(routes, name);
}
