import { upstreamModelOf } from '../accounts/models.ts';
import { CredentialUnusable } from '../accounts/refresher.ts';
import type { AccountView } from '../accounts/view.ts';
import { RelayError } from '../domain/errors.ts';
import type { LimitSnapshot } from '../domain/limits.ts';
import { noUsage, type Usage } from '../domain/usage.ts';
import { routeFacts, upstreamRoute } from '../protocols/routes.ts';
import type { UpstreamRequest } from '../providers/provider.ts';
import type { Attempt } from '../usage/record.ts';
import type { Answer, AttemptDeps } from './answer.ts';
import { isFree, type Planned, type Reply } from './call.ts';
import { acceptableEncodings, decodeReply } from './encodings.ts';
import { TransportError, type UpstreamReply } from './exchange.ts';
import { upstreamRequestId } from './headers.ts';
import { ownFaultOf } from './own-faults.ts';
import { type Prepared, prepare } from './prepare.ts';
import { receive } from './receive.ts';
import type { SendOptions } from './transport.ts';

export type Tried = Answer & {
  readonly attempt: Attempt;
  readonly upstreamModel: string;
  readonly httpStatus?: number | undefined;
  /** Which of the account's secrets was used; undefined when it could not be read. */
  readonly secretRevision?: number | undefined;
  /** The account speaks another protocol: its own words are not for this client. */
  readonly isTranslated: boolean;
  /** What the answer told of the account's limits. */
  readonly limits?: LimitSnapshot | undefined;
};

export interface AttemptOptions {
  readonly view: AccountView;
  readonly reply: Reply;
  /** How long the call had to wait for the account. */
  readonly waitedMs: number;
  /** Which try of the call it is, from 1. */
  readonly number: number;
  /** The upstream began to answer, and did not refuse. */
  onHead(firstByteMs: number): void;
}

/** One upstream try: build, send, receive. Never throws for what an upstream or a client does. */
export async function tryAccount(deps: AttemptDeps, call: Planned, to: AttemptOptions): Promise<Tried> {
  const { account } = to.view;
  const startedAt = deps.clock.monotonic();
  const began = deps.clock.now();
  const upstreamModel = to.view.upstreamModel(call.model, call.route) ?? upstreamModelOf(account, call.model);
  const seen: Seen = {};
  // A sign-in that was renewed first says nothing about how fast the upstream is.
  const onHead = () => to.onHead(deps.clock.monotonic() - (seen.sentAt ?? startedAt));
  const answer = await exchange(deps, call, { ...to, onHead, upstreamModel, seen });
  const committedAt = answer.kind === 'served' ? answer.firstByteAt : undefined;
  const attempt: Attempt = {
    accountId: account.id,
    startedAt: began,
    durationMs: Math.round(deps.clock.monotonic() - startedAt),
    waitedMs: to.waitedMs > 0 ? to.waitedMs : undefined,
    firstByteMs: seen.firstByteAt === undefined ? undefined : Math.round(seen.firstByteAt - startedAt),
    contentMs: committedAt === undefined ? undefined : Math.round(committedAt - startedAt),
    status: seen.upstream?.status,
    fault: answer.fault?.kind,
    detail: detailOf(answer),
    upstreamRequestId: seen.upstream && upstreamRequestId(seen.upstream.headers),
  };
  return {
    ...answer,
    attempt,
    upstreamModel,
    httpStatus: seen.upstream?.status,
    secretRevision: seen.secretRevision,
    isTranslated: isTranslated(to.view, call),
    limits: seen.limits,
  };
}

/** Whatever wrapper a protocol has for a route, its errors have none. */
function isTranslated({ routes }: AccountView, { route, protocol }: Planned): boolean {
  const asked = upstreamRoute(routes, route);
  return asked === undefined || routeFacts[asked].protocol !== protocol.id;
}

interface Target {
  readonly view: AccountView;
  readonly number: number;
  readonly reply: Reply;
  readonly upstreamModel: string;
  /** What came back, kept for the attempt's record also when receiving fails. */
  readonly seen: Seen;
  onHead(): void;
}

interface Seen {
  sentAt?: number;
  upstream?: UpstreamReply;
  firstByteAt?: number;
  secretRevision?: number;
  limits?: LimitSnapshot | undefined;
}

async function exchange(deps: AttemptDeps, call: Planned, target: Target): Promise<Answer> {
  const { account } = target.view;
  try {
    const credential = await deps.credential(account.id);
    target.seen.secretRevision = credential.revision;
    const prepared = prepare(deps, call, target);
    const request = buildRequest(deps, call, { ...target, prepared, secret: credential.secret });
    if (request.origin !== credential.origin) throw new TransportError('connect', 'the account has just been changed');
    deps.attempting(call.requestId, account.id);
    target.seen.sentAt = deps.clock.monotonic();
    const upstream = decodeReply(
      await deps.send(request, sendOptions(deps, call, { ...target, proxy: credential.proxy })),
    );
    target.seen.upstream = upstream;
    target.seen.firstByteAt = deps.clock.monotonic();
    readLimits(deps, target, upstream);
    if (upstream.status < 400) target.onHead();
    return await receive(deps, call, { ...target, prepared, upstream });
  } catch (error) {
    return failure(call, target.seen, error);
  }
}

/** The client's own credential has limits of its own, which are nobody else's business. */
function readLimits(
  deps: AttemptDeps,
  { view, upstreamModel, seen }: Target,
  { status, headers }: UpstreamReply,
): void {
  if (view.forwardsClientCredential) return;
  const provider = deps.providers.get(view.account.provider);
  seen.limits = provider?.readLimits?.({ status, headers, model: upstreamModel, nowMs: deps.clock.now() });
  if (seen.limits) deps.noteLimits(view.account.id, seen.limits);
}

/** Nothing reached the client: the answer says whether it left or the upstream failed. */
function failure(call: Planned, seen: Target['seen'], error: unknown): Answer {
  if (error instanceof CredentialUnusable) seen.secretRevision = error.revision;
  // Before anything was sent: this account cannot be asked for it, another one perhaps can.
  if (error instanceof RelayError) return { kind: 'faulted', fault: { kind: 'not-carried' }, detail: error.message };
  if (error instanceof TransportError && call.signal.aborted) {
    return { kind: 'served', status: 'aborted', usage: floor(call, error), tail: { kind: 'none' } };
  }
  const own = ownFaultOf(error);
  if (!own) throw error;
  // Of what is unreachable the fault itself tells the phase too.
  return { kind: 'faulted', fault: own.fault, ...(own.fault.kind === 'unreachable' ? {} : { detail: own.detail }) };
}

/** An upstream that may have begun to work charges for its input at least. */
function floor(call: Planned, error: TransportError): Usage {
  if (error.phase === 'connect' || isFree(call)) return noUsage;
  return call.protocol.createMeter({ isStream: call.facts.isStream, requestBytes: call.body.length }).usage();
}

function buildRequest(
  deps: AttemptDeps,
  call: Planned,
  target: Target & { prepared: Prepared; secret: unknown },
): UpstreamRequest {
  const { account } = target.view;
  const { route, path, headers, body } = target.prepared;
  const provider = deps.providers.get(account.provider);
  if (!provider) throw new TransportError('connect', `no provider ${account.provider} in this version`);
  const request = provider.buildRequest({
    settings: account.settings,
    secret: target.secret,
    method: call.method,
    route,
    model: target.upstreamModel,
    isStream: call.facts.isStream,
    endpoints: deps.endpoints(account.provider),
    nowMs: deps.clock.now() + (target.view.upstreamAheadMs ?? 0),
    path,
    headers,
    clientCredential: provider.forwardsClientCredential ? call.clientCredential : undefined,
    body,
  });
  request.headers['accept-encoding'] = acceptableEncodings(call.headers.acceptEncoding);
  return request;
}

function sendOptions(deps: AttemptDeps, call: Planned, target: Target & { proxy: string | undefined }): SendOptions {
  return {
    proxy: target.proxy,
    allowLocal: target.view.account.allowLocalUpstream,
    firstByteMs: call.facts.isThinking ? deps.limits.firstByteThinkingMs : deps.limits.firstByteMs,
    signal: call.signal,
  };
}

function detailOf(answer: Answer): string | undefined {
  if (answer.kind === 'faulted' && answer.detail) return answer.detail;
  return answer.fault?.kind === 'unreachable' ? `${answer.fault.phase}: ${answer.fault.detail}` : undefined;
}
