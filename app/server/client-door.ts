import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../domain/clock.ts';
import { RelayError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { type AuthenticateDeps, authenticate } from '../relay/authenticate.ts';
import { type Authenticated, ClientLost, type Received, type Reply } from '../relay/call.ts';
import { readClientHeaders, withQueryKey } from '../relay/headers.ts';
import { readBody } from './body.ts';
import type { ClientRoute } from './client-routes.ts';
import { answerAssist, isAnsweredUpstream } from './code-assist.ts';
import { EnvelopedReply } from './enveloped-reply.ts';
import type { GuessGuard } from './guess-guard.ts';
import type { Holder } from './holder.ts';
import { type HolderPage, holderPages } from './holder-contract.ts';
import { listModels, type ModelsDeps, showModel } from './models.ts';
import type { PeerOf } from './peer.ts';
import { HttpReply } from './reply.ts';
import type { RunningCalls } from './running-calls.ts';

export interface ClientDoorDeps extends AuthenticateDeps {
  readonly clock: Clock;
  readonly limits: Readonly<Record<'maxBodyBytes' | 'headersMs' | 'bodyIdleMs' | 'clientStallMs', number>>;
  readonly models: ModelsDeps;
  readonly holder: Pick<Holder, 'answer'>;
  /** As `verifyKey`, also for a key whose end has passed. */
  verifyEndedKey: AuthenticateDeps['verifyKey'];
  /** Addresses that try keys. */
  readonly guesses: Pick<GuessGuard, 'stops' | 'wrong'>;
  /** Whose shape an answer has on a path that several vendors share. */
  dialectOf(request: IncomingMessage, query: string): Protocol;
  readonly peerOf: PeerOf;
  /** Calls in progress: stopping aborts what is left of them. */
  readonly running: RunningCalls;
  relay(received: Received, reply: Reply): Promise<unknown>;
  reportDefect(requestId: string, cause: unknown): void;
}

export interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: Exclude<ClientRoute, { readonly kind: 'hello' }>;
  readonly query: string;
}

/** An unread body up to this size is drained; with a larger one the connection is closed. */
const drainableBytes = 64 * 1024;

/** Serves one client request: the edge where HTTP becomes a call, and errors become the caller's protocol. */
export async function serveClient(deps: ClientDoorDeps, visit: Visit): Promise<void> {
  const { request, response } = visit;
  const { address } = deps.peerOf(request);
  if (deps.guesses.stops({ request, response, address, protocol: () => protocolOf(deps, visit) })) return;
  const route = inDialect(deps, visit);
  const requestId = newId('req', deps.clock.now());
  const protocol = protocolOf(deps, { ...visit, route });
  const http = new HttpReply(response, { protocol, requestId, clock: deps.clock, stallMs: deps.limits.clientStallMs });
  const envelope = route.kind === 'relay' ? route.envelope?.answer : undefined;
  const reply = envelope ? new EnvelopedReply(http, envelope) : http;
  const controller = deps.running.begin(requestId);
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  try {
    const received = toReceived(deps, { ...visit, route }, { requestId, signal: controller.signal, protocol });
    const own =
      route.kind === 'holder'
        ? await deps.holder.answer({ ...identify(deps, received, route.page), page: route.page, query: visit.query })
        : ownAnswer(deps, received, { route, query: visit.query });
    if (own === undefined) await deps.relay(received, reply);
    else reply.finish({ kind: 'whole', status: 200, headers: jsonHeaders(), body: Buffer.from(own) });
  } catch (error) {
    if (error instanceof ClientLost) {
      response.destroy();
      return;
    }
    if (!(error instanceof RelayError)) deps.reportDefect(requestId, error);
    else if (error.kind === 'key-invalid') deps.guesses.wrong(address);
    http.refuse(toRelayError(error), !isDrainable(request));
  } finally {
    deps.running.end(controller);
  }
}

/** Who lets a key work again by a top-up code may come with one that has expired; for nothing else. */
function identify(deps: ClientDoorDeps, received: Received, page: HolderPage): Authenticated {
  return authenticate(page === 'top-up' ? { ...deps, verifyKey: deps.verifyEndedKey } : deps, received);
}

function protocolOf(deps: ClientDoorDeps, { request, route, query }: Visit): Protocol {
  return route.protocol ?? deps.dialectOf(request, query);
}

/** Two vendors have files at one path: what else a client sends tells whose it means. */
function inDialect(deps: ClientDoorDeps, { request, route, query }: Visit): Visit['route'] {
  if (route.kind !== 'relay' || !route.inDialect) return route;
  return deps.dialectOf(request, query) === route.inDialect.protocol ? route.inDialect : route;
}

function toReceived(
  deps: ClientDoorDeps,
  visit: Visit,
  call: Pick<Received, 'requestId' | 'signal' | 'protocol'>,
): Received {
  const { request, route, query } = visit;
  const sent = readClientHeaders(request.rawHeaders);
  const headers = call.protocol.id === 'gemini' && query !== '' ? withQueryKey(sent, query) : sent;
  const isRelay = route.kind === 'relay';
  const methods = methodsOf(route);
  const { method = '' } = request;
  if (!methods.includes(method)) {
    throw new RelayError('method-not-allowed', `This address takes ${methods.join(' and ')} only.`);
  }
  return {
    ...call,
    receivedAt: deps.clock.now(),
    startedAt: deps.clock.monotonic(),
    route: isRelay ? route.route : 'messages',
    method,
    envelope: isRelay ? route.envelope : undefined,
    path: isRelay ? route.upstreamPath + query : '',
    headers,
    idempotencyKey: method === 'POST' ? headers.forward['idempotency-key'] || undefined : undefined,
    ...deps.peerOf(request),
    readBody: () =>
      readBody(request, {
        clock: deps.clock,
        maxBytes: deps.limits.maxBodyBytes,
        idleMs: deps.limits.bodyIdleMs,
        contentEncoding: headers.contentEncoding,
      }),
  };
}

function methodsOf(route: Visit['route']): readonly string[] {
  if (route.kind === 'relay') return route.methods ?? ['POST'];
  return route.kind === 'holder' ? [holderPages[route.page].method] : ['GET'];
}

/** What no upstream is asked for, as JSON text; undefined for a call to relay. */
function ownAnswer(
  { models, ...deps }: ClientDoorDeps,
  received: Received,
  { route, query }: Pick<Visit, 'route' | 'query'>,
): string | undefined {
  if (route.kind === 'relay' && route.route !== 'assist-control') return undefined;
  const { caller } = authenticate(deps, received);
  const asker = { caller, protocol: received.protocol.id, query };
  if (route.kind === 'models') {
    return route.model === undefined ? listModels(models, asker) : showModel(models, asker, route.model);
  }
  return isAnsweredUpstream(models, caller) ? undefined : answerAssist(models, asker, received.path);
}

function jsonHeaders(): Record<string, string> {
  return { 'content-type': 'application/json' };
}

/** What a caller may be told of an error. */
export function toRelayError(error: unknown): RelayError {
  if (error instanceof RelayError) return error;
  return new RelayError('internal', 'Waystation failed unexpectedly; see its log.', { cause: error });
}

function isDrainable(request: IncomingMessage): boolean {
  if (request.complete) return true;
  const announced = request.headers['content-length'];
  return announced !== undefined && Number(announced) <= drainableBytes;
}
