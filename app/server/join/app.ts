import { existsSync } from 'node:fs';
import type { IncomingMessage, RequestListener } from 'node:http';
import { join } from 'node:path';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { RelayError } from '../../domain/errors.ts';
import { InviteRefused } from '../../keys/invite.ts';
import { pageHeaders } from '../page-headers.ts';
import {
  inviteProof,
  type JoinHost,
  joined,
  joinHost,
  joinPath,
  joinPaths,
  newPassword,
  passwordSet,
} from './contract.ts';
import type { JoinDoor } from './door.ts';

export interface JoinDeps {
  readonly door: Pick<JoinDoor, 'take' | 'setPassword'>;
  /** The built page; absent in a source tree that was not built. */
  readonly folder: string | undefined;
  addressOf(request: IncomingMessage): string | undefined;
  host(): Promise<JoinHost>;
  /** The authority's certificate, where clients have to trust it. */
  authority(): Promise<string | undefined>;
  report(error: unknown): void;
}

/** The page that makes a key of an invite: all that the listener for other computers serves besides clients' own paths. */
export function createJoinApp(deps: JoinDeps, otherwise: RequestListener): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('strict routing');
  app.use(joinPath, (_request, response, next) => {
    for (const [name, value] of Object.entries(pageHeaders)) response.setHeader(name, value);
    response.setHeader('cache-control', 'no-store');
    next();
  });
  app.get(joinPaths.host, async (_request, response) => {
    response.json(joinHost.parse(await deps.host()));
  });
  app.get(joinPaths.authority, (_request, response) => sendAuthority(deps, response));
  app.post(joinPaths.exchange, express.json({ limit: '4kb', inflate: false, strict: true }), (request, response) =>
    exchange(deps, request, response),
  );
  app.post(joinPaths.password, express.json({ limit: '4kb', inflate: false, strict: true }), (request, response) =>
    setPassword(deps, request, response),
  );
  if (deps.folder !== undefined && existsSync(join(deps.folder, 'index.html'))) servePage(app, deps.folder);
  app.use((request: Request, response: Response) => otherwise(request, response));
  app.use(refuse(deps));
  return app;
}

function servePage(app: Express, folder: string): void {
  app.get(joinPath, (_request, response) => response.redirect(302, `${joinPath}/`));
  const setHeaders = (response: Response, path: string) => {
    const isHashed = path.includes('assets');
    response.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
  };
  app.use(joinPath, express.static(folder, { index: 'index.html', dotfiles: 'ignore', redirect: false, setHeaders }));
}

async function sendAuthority({ authority }: JoinDeps, response: Response): Promise<void> {
  const certificate = await authority();
  if (certificate === undefined) throw new RelayError('route-unknown', 'There is no authority to trust here.');
  response.setHeader('content-type', 'application/x-pem-file');
  response.setHeader('content-disposition', 'attachment; filename="waystation-ca.pem"');
  response.send(certificate);
}

async function exchange({ door, host, addressOf }: JoinDeps, request: Request, response: Response): Promise<void> {
  const proof = inviteProof.safeParse(request.body);
  if (!proof.success) throw new RelayError('request-invalid', 'Send {"token": "…"} or {"code": "…"} as JSON.');
  const guest = { address: addressOf(request), userAgent: request.get('user-agent') };
  const { secret, key, member } = await door.take(proof.data, guest);
  const { urls } = await host();
  response.json(joined.parse({ secret, keyName: key.name, memberName: member.name, urls }));
}

async function setPassword({ door, addressOf }: JoinDeps, request: Request, response: Response): Promise<void> {
  const given = newPassword.safeParse(request.body);
  if (!given.success) throw new RelayError('request-invalid', 'A password must have at least 10 characters.');
  await door.setPassword(given.data, { address: addressOf(request), userAgent: request.get('user-agent') });
  response.json(passwordSet.parse({ isSet: true }));
}

const statuses: Readonly<Partial<Record<RelayError['kind'], number>>> = {
  'rate-limited': 429,
  'route-unknown': 404,
  'key-invalid': 401,
};

/** The last edge. NOTE: what a parser says repeats a piece of the body, which may open an invite. */
function refuse({ report }: JoinDeps) {
  // biome-ignore lint/complexity/useMaxParams: Express knows an error handler by its four parameters
  return (error: unknown, _request: Request, response: Response, next: NextFunction): void => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const isCallers = error instanceof Error && 'status' in error && Number(error.status) < 500;
    const known = isCallers ? new RelayError('request-invalid', 'The request is malformed.') : error;
    if (!(known instanceof RelayError)) report(error);
    const { status, reason, message } = wordsOf(known);
    if (known instanceof RelayError && known.retryAfterMs !== undefined) {
      response.setHeader('retry-after', Math.ceil(known.retryAfterMs / 1_000));
    }
    response.status(status).json({ error: { reason, message } });
  };
}

function wordsOf(error: unknown) {
  if (!(error instanceof RelayError)) {
    return {
      status: 500,
      reason: 'internal',
      message: 'Waystation failed unexpectedly; its owner finds why in its log.',
    };
  }
  const { kind, message } = error;
  if (error instanceof InviteRefused) return { status: 410, reason: error.reason, message };
  return { status: statuses[kind] ?? 400, reason: kind, message };
}
