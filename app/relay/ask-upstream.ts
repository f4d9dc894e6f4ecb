import type { AccountCredential } from '../accounts/directory.ts';
import type { AccountView } from '../accounts/view.ts';
import type { Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Headers } from '../domain/headers.ts';
import type { OAuthEndpoints } from '../providers/oauth.ts';
import type { Provider, UpstreamCall, UpstreamRequest } from '../providers/provider.ts';
import type { ProviderId } from '../providers/provider-id.ts';
import { readWhole, TransportError, type UpstreamReply } from './exchange.ts';
import type { SendOptions } from './transport.ts';

export interface AskUpstreamDeps {
  readonly clock: Clock;
  readonly providers: ReadonlyMap<ProviderId, Provider>;
  credential(accountId: string): Promise<AccountCredential>;
  endpoints(provider: ProviderId): OAuthEndpoints | undefined;
  send(request: UpstreamRequest, options: SendOptions): Promise<UpstreamReply>;
}

export type UpstreamQuestion = Pick<UpstreamCall, 'method' | 'route' | 'model' | 'path' | 'body'>;

export interface UpstreamAnswer {
  readonly status: number;
  readonly body: Buffer;
  /** What a refusal means. */
  readonly fault?: Fault | undefined;
}

interface AskOptions {
  readonly maxBytes: number;
  /** For what lies beside the API, at the same origin; the account's credential goes nowhere else. */
  readonly pathAtOrigin?: string | undefined;
}

const askMs = 30_000;

/**
 * One question of our own to an account's upstream: no client, no health, no usage. Works without a running relay. Throws
 * `TransportError` and `SecretUnreadable`.
 */
export async function askUpstream(
  deps: AskUpstreamDeps,
  { account, upstreamAheadMs = 0 }: AccountView,
  { maxBytes, pathAtOrigin, ...question }: UpstreamQuestion & AskOptions,
): Promise<UpstreamAnswer> {
  const provider = deps.providers.get(account.provider);
  if (!provider) throw new TransportError('connect', `no provider ${account.provider} in this version`);
  const { secret, proxy, origin } = await deps.credential(account.id);
  const headers: Headers = { 'user-agent': 'waystation', accept: 'application/json' };
  const nowMs = deps.clock.now() + upstreamAheadMs;
  const endpoints = deps.endpoints(account.provider);
  const own = { settings: account.settings, secret, endpoints, headers, isStream: false, clientCredential: undefined };
  let request = provider.buildRequest({ ...own, nowMs, ...question });
  if (request.origin !== origin) throw new TransportError('connect', 'the account has just been changed');
  if (pathAtOrigin !== undefined) request = { ...request, path: pathAtOrigin };
  request.headers['accept-encoding'] = 'identity';
  const upstream = await deps.send(request, {
    proxy,
    allowLocal: account.allowLocalUpstream,
    firstByteMs: askMs,
    signal: AbortSignal.timeout(askMs),
  });
  const body = await readWhole(upstream, maxBytes);
  const { status } = upstream;
  if (status >= 200 && status < 300) return { status, body };
  const reply = { status, headers: upstream.headers, body, facts: undefined, nowMs: deps.clock.now() };
  return { status, body, fault: provider.classify(reply) };
}
