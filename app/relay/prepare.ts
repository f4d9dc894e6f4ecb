import type { AccountView } from '../accounts/view.ts';
import type { Conversation, ProtocolId } from '../domain/conversation.ts';
import { RelayError } from '../domain/errors.ts';
import type { Headers } from '../domain/headers.ts';
import type { ByteFilter, Protocol, RouteId } from '../protocols/protocol.ts';
import { routeFacts, upstreamRoute } from '../protocols/routes.ts';
import type { Planned } from './call.ts';
import type { Translation } from './translate.ts';
import { withoutWrapper } from './wrapper.ts';

/** What one account is asked for, and how its answer becomes the client's. */
export interface Prepared {
  readonly route: RouteId;
  /** What the account speaks for this call. */
  readonly protocol: Protocol;
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** Set when the account speaks another protocol than the client. */
  readonly translation?: Translation | undefined;
  /** For an answer in the client's protocol that must not reach it exactly as it is. */
  readonly filter?: ByteFilter | undefined;
}

export interface PrepareDeps {
  readonly protocols: Readonly<Record<ProtocolId, Protocol>>;
}

/** The same protocol on both sides: bytes as they came. Else a translation. Throws `request-invalid` by the field's name. */
export function prepare(deps: PrepareDeps, call: Planned, to: { view: AccountView; upstreamModel: string }): Prepared {
  const route = upstreamRoute(to.view.routes, call.route);
  if (route === undefined) throw new RelayError('model-unavailable', 'No account serves this address.');
  if (route === call.route) return asItCame(call, to.upstreamModel);
  const filter = call.protocol.wrapperOf?.(call.route)?.wrap(call.requestId);
  const isSameProtocol = routeFacts[route].protocol === call.protocol.id;
  return { ...(isSameProtocol ? opened(call, route) : translated(deps, call, { ...to, route })), filter };
}

/** The request inside the wrapper; there the path names the model. */
function opened(call: Planned, route: RouteId): Prepared {
  const { protocol, headers } = call;
  return { route, protocol, headers: headers.forward, ...withoutWrapper(call, call.body) };
}

function asItCame(call: Planned, upstreamModel: string): Prepared {
  const { protocol, route, path, headers } = call;
  const body = upstreamModel === call.facts.model ? call.body : withModel(call, upstreamModel);
  const same = { route, protocol, path, headers: headers.forward };
  const adjusted = call.facts.isStream ? protocol.adjustStreamRequest?.(body, route) : undefined;
  return adjusted ? { ...same, ...adjusted } : { ...same, body };
}

function translated(deps: PrepareDeps, call: Planned, to: { route: RouteId; upstreamModel: string }): Prepared {
  const protocol = deps.protocols[routeFacts[to.route].protocol];
  // Who the client's user is, and on which device, is nothing that another vendor was told.
  const conversation: Conversation = { ...call.conversation(), model: to.upstreamModel, endUser: undefined };
  return {
    route: to.route,
    protocol,
    path: routeFacts[to.route].path,
    headers: {
      'user-agent': call.headers.userAgent,
      accept: call.facts.isStream ? 'text/event-stream' : 'application/json',
    },
    body: Buffer.from(JSON.stringify(protocol.codec.encodeRequest(conversation))),
    translation: {
      from: protocol.codec,
      to: call.protocol.codec,
      options: { model: call.facts.model, createdAt: call.receivedAt, conversation },
    },
  };
}

/** The body with one name changed; every other byte stays as it came. Where the path names the model, nothing changes. */
function withModel(call: Planned, model: string): Uint8Array {
  const { modelSpan } = call.facts;
  if (!modelSpan) return call.body;
  const { start, end } = modelSpan;
  return Buffer.concat([call.body.subarray(0, start), Buffer.from(JSON.stringify(model)), call.body.subarray(end)]);
}
