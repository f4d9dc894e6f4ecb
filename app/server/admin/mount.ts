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
import { type Clock, systemClock } from '../../domain/clock.ts';
import { type AccessRule, clearCookie, identify, isSafe, sessionCookie, setCookie } from './access.ts';
import { accessRoutes, type Route, type RouteName, routes } from './contract.ts';
import { exportPath, exportQuestion } from './contract-usage.ts';
import { AdminError, statusOf, toAdminError } from './errors.ts';
import { type CheckedOperations, parseInput } from './operation.ts';
import { AdminSessions } from './sessions.ts';
import type { ExportQuestion } from './usage-export.ts';

export interface MountOptions {
  /** The control token of this start. */
  readonly token: string;
  readonly clock?: Clock;
  /** Told about errors that are not the caller's. */
  readonly report?: (error: unknown) => void;
  /** Calls as a file, piece by piece. */
  readonly exportUsage?: (question: ExportQuestion) => AsyncIterable<string>;
}

type Answer = (request: Request, response: Response) => unknown;

const verbs = { GET: 'get', POST: 'post', PATCH: 'patch', DELETE: 'delete' } as const;

/** The admin API over HTTP, to be mounted at `adminRoot`. The edge has checked `Host` and refused foreign origins before. */
export function adminRouter(operations: CheckedOperations, options: MountOptions): Router {
  const rule = { token: options.token, sessions: new AdminSessions(options.clock ?? systemClock) };
  const router = express.Router();
  router.use(checkAccess(rule), checkContentType, express.json({ limit: '1mb', inflate: false }));
  serveSessions(router, rule);
  const { exportUsage } = options;
  // Before the routes: it would pass for the name of a call.
  if (exportUsage) router.get(exportPath, (request, response) => sendExport(request, response, exportUsage));
  for (const name of Object.keys(routes).filter(isRouteName)) {
    serve(router, routes[name], (request) => operations[name](inputOf(request)));
  }
  router.use(() => {
    throw new AdminError('not-found', 'There is no such admin route.');
  });
  router.use(refuse(options.report));
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

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

function serveSessions(router: Router, rule: AccessRule): void {
  serve(router, accessRoutes.createTicket, (request) => {
    parseInput(accessRoutes.createTicket.input, inputOf(request));
    if (identify(request, rule) === 'control') return rule.sessions.createTicket();
    throw new AdminError('forbidden', 'Only the command line and the desktop app make sign-in links: waystation open');
  });
  serve(router, accessRoutes.openSession, (request, response) => {
    const { ticket } = parseInput(accessRoutes.openSession.input, inputOf(request));
    response.setHeader('set-cookie', setCookie(request, rule.sessions.exchange(ticket)));
    return { signedIn: true };
  });
  serve(router, accessRoutes.closeSession, (request, response) => {
    parseInput(accessRoutes.closeSession.input, inputOf(request));
    const token = sessionCookie(request);
    if (token !== undefined) rule.sessions.close(token);
    response.setHeader('set-cookie', clearCookie(request));
    return { signedIn: false };
  });
}

/** Decided from the headers alone: nobody's body is read before we know who asks. */
function checkAccess(rule: AccessRule): RequestHandler {
  return (request, response, next) => {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    const isSignIn = request.method === 'POST' && request.path === accessRoutes.openSession.path;
    if (identify(request, rule) === 'page' && !isSignIn) {
      throw new AdminError('signed-out', 'You are not signed in. Open the admin UI with: waystation open');
    }
    next();
  };
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
function refuse(report: MountOptions['report']): ErrorRequestHandler {
  // biome-ignore lint/complexity/useMaxParams: Express knows an error handler by its four parameters
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const { kind, message } = toAdminError(error);
    if (kind === 'internal') report?.(error);
    if (kind === 'too-many-tries') response.setHeader('retry-after', '60');
    response.status(statusOf[kind]).json({ error: { kind, message } });
  };
}

function isRouteName(name: string): name is RouteName {
  return Object.hasOwn(routes, name);
}
