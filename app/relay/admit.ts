import type { Conversation, ProtocolId } from '../domain/conversation.ts';
import { RelayError } from '../domain/errors.ts';
import type { RequestFacts } from '../domain/facts.ts';
import { isDormant } from '../keys/activation.ts';
import type { ApiKey } from '../keys/key.ts';
import { limitName } from '../keys/limit.ts';
import { type Billing, billedAtMost } from '../keys/multipliers.ts';
import { mayUse, restrictsModels } from '../keys/permission.ts';
import type { Reservation } from '../keys/reservation.ts';
import { type ApiId, apiOf, reachOf } from '../keys/services.ts';
import { thisComputer } from '../usage/record.ts';
import { type Admitted, type Authenticated, isFree } from './call.ts';
import { clientKindOf } from './client-kind.ts';
import type { ClientHeaders } from './headers.ts';
import type { KeyPlaces } from './key-places.ts';
import { parseDocument } from './translate.ts';
import { withoutWrapper } from './wrapper.ts';

export interface AdmitDeps {
  readonly keyPlaces: Pick<KeyPlaces, 'take'>;
  /** What a model name stands for here; itself when it is no alias. */
  resolveModel(asked: string): string;
  /** False while the relay drains before it stops. */
  isOpen(): boolean;
  /** Whether its owner stopped it from taking calls. */
  isPaused(): boolean;
  /** True when usage rows can no longer be kept: serving more would lose them. */
  isSaturated(): boolean;
  /** Holds a call against the limits of its key. Throws `rate-limited`, `quota-exhausted`. */
  reserve(key: ApiKey, call: BilledCall): Promise<Reservation | undefined>;
  /** What a call of this key in this API is billed with. */
  billingOf(key: ApiKey, api: ApiId): Billing | undefined;
  /** Starts the lifetime of a key with its first use. Throws `key-expired`, `overloaded`. */
  activate(key: ApiKey, at: number): Promise<void>;
  /** True while this process cannot keep up: new work would make everybody's slower. */
  isLagging(): boolean;
  /** Tells the journal that an upstream call is about to happen. */
  opened(admitted: Admitted): void;
}

/** What a call may come to is told by its size. */
export interface SizedCall {
  readonly model: string;
  readonly at: number;
  readonly requestBytes: number;
  readonly maxOutputTokens: number | undefined;
}

/** Limits of keys count what is billed. */
export interface BilledCall extends SizedCall {
  readonly multiplier: number | undefined;
}

/** What a key may do, and the one place that says no. Everything it takes is given back when the call is disposed. */
export async function admit(deps: AdmitDeps, call: Authenticated): Promise<Admitted> {
  checkRoom(deps);
  const key = call.caller.kind === 'key' ? call.caller.key : undefined;
  if (key) checkService(key, call.protocol.id);
  const { body, headers } = await readRequest(call);
  const facts = call.protocol.readFacts(body, call.path, call.method);
  const model = facts.model === '' ? '' : deps.resolveModel(facts.model);
  if (key) checkCall(key, call, { headers, facts, model });
  if (facts.stored === 'new') checkNames(deps, facts);
  if (key && isDormant(key)) await deps.activate(key, call.receivedAt);
  const held = new AsyncDisposableStack();
  try {
    const keyWait = key && (await takePlaces(deps, { key, signal: call.signal }, held));
    // Nobody pays for calls without a key.
    const billing = key && deps.billingOf(key, apiOf[call.protocol.id]);
    const reach = key && reachOf(key.services, call.protocol.id);
    const multiplier = billedAtMost(billing, reach);
    const limited = { ...sized(call, { facts, model, body }), multiplier };
    const reservation = key && isLimited(key) ? await deps.reserve(key, limited) : undefined;
    held.use(reservation);
    const keyId = key?.id ?? thisComputer;
    const session = call.headers.sessionId ?? facts.bodySessionId ?? facts.contentHash();
    const conversation = once(() => readConversation(call, body));
    const admitted: Admitted = {
      ...{ ...call, headers, keyId, body, facts, model, session, conversation },
      ...{ reservation, keyWait, billing, reach, multiplier },
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    };
    deps.opened(admitted);
    return admitted;
  } catch (error) {
    // A call that is not admitted gives everything back at once.
    await held.disposeAsync();
    throw error;
  }
}

/** Its key's first, then one of those that all keys of its member share. Answers how the call waited, when it did. */
async function takePlaces(
  { keyPlaces }: AdmitDeps,
  { key, signal }: { readonly key: ApiKey; readonly signal: AbortSignal },
  held: AsyncDisposableStack,
): Promise<Admitted['keyWait']> {
  const { id, maxConcurrent, member } = key;
  const mine = maxConcurrent === undefined ? undefined : await keyPlaces.take({ id, limit: maxConcurrent, signal });
  held.use(mine);
  if (member?.maxConcurrent === undefined) return mine?.wait;
  const shared = await keyPlaces.take({ id: member.id, isShared: true, limit: member.maxConcurrent, signal });
  held.use(shared);
  if (!mine?.wait || !shared.wait) return mine?.wait ?? shared.wait;
  return { position: shared.wait.position, ms: mine.wait.ms + shared.wait.ms };
}

function isLimited({ limits, member }: ApiKey): boolean {
  return limits.length > 0 || (member !== undefined && member.limits.length > 0);
}

/** Whether the relay takes calls at all now. */
function checkRoom(deps: AdmitDeps): void {
  if (!deps.isOpen())
    throw new RelayError('shutting-down', 'Waystation is stopping; try again shortly.', { retryAfterMs: 2_000 });
  if (deps.isPaused()) {
    throw new RelayError('paused', 'Waystation is paused. Resume it in its window, or with: waystation resume');
  }
  if (deps.isSaturated()) {
    throw new RelayError('overloaded', 'Waystation cannot record usage now (is the disk full?); try again shortly.', {
      retryAfterMs: 5_000,
    });
  }
  if (deps.isLagging()) {
    throw new RelayError('overloaded', 'Waystation has more to do than this computer can; try again shortly.', {
      retryAfterMs: 2_000,
    });
  }
}

interface Asked {
  readonly headers: ClientHeaders;
  readonly facts: RequestFacts;
  readonly model: string;
}

/** Whether a key may ask this. */
function checkCall(key: ApiKey, { route }: Authenticated, { headers, facts, model }: Asked): void {
  checkClient(key, headers, facts);
  // Questions about an account name no model.
  if (route !== 'assist-control') checkModels(key, facts, model);
  if (facts.stored === 'new') checkBatch(key, facts);
}

/** What its limits need to know of a call. */
export function sized(
  call: Authenticated,
  { facts, model, body }: Pick<Asked, 'facts' | 'model'> & { readonly body: Buffer },
): SizedCall {
  const size = isFree(call)
    ? { requestBytes: 0, maxOutputTokens: 0 }
    : { requestBytes: body.length, maxOutputTokens: facts.maxOutputTokens };
  return { model, at: call.receivedAt, ...size };
}

/** What the client sent, out of its platform's envelope. */
async function readRequest({
  envelope,
  headers,
  readBody,
}: Authenticated): Promise<Pick<Admitted, 'body' | 'headers'>> {
  const sent = await readBody();
  if (!envelope) return { body: sent, headers };
  const { body, headers: moved } = envelope.open(sent);
  return { body, headers: moved ? { ...headers, forward: { ...headers.forward, ...moved } } : headers };
}

/** Whether a key may use anything that is asked for in this protocol. Which accounts it may use then is the plan's to say. */
export function checkService({ services }: ApiKey, protocol: ProtocolId): void {
  if (reachOf(services, protocol)?.length !== 0) return;
  throw new RelayError('service-not-allowed', `This key may not use the ${apiOf[protocol]} service.`);
}

/** NOTE: a soft check, as `clientKindOf` says. It keeps honest programs apart and stops nobody who wants to get round it. */
function checkClient({ clients }: ApiKey, { forward }: ClientHeaders, facts: RequestFacts): void {
  if (clients.length === 0) return;
  const kind = clientKindOf(forward, facts);
  if (kind && clients.includes(kind)) return;
  const seen = kind === undefined ? 'does not look like one of them' : `looks like ${kind}`;
  const message = `This key is for ${clients.join(' and ')} only, and this call ${seen}.`;
  throw new RelayError('client-not-allowed', message);
}

function readConversation(call: Authenticated, body: Buffer): Conversation {
  const request = withoutWrapper(call, body);
  return call.protocol.codec.decodeRequest(parseDocument(request.body), request.path);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** A model as the client wrote it, and what that stands for once aliases are resolved. */
interface AskedModel {
  readonly asked: string;
  readonly model: string;
}

/**
 * Whether a key may use a model. Its list is held against what the name stands for: an alias gives no model that the list
 * does not cover, and needs no entry of its own. A name that is no alias stands for itself. Letter case, `models/`, a context
 * mark, a snapshot date and a cloud's envelope make no other model (`spellings`), so they neither get round a list nor fall
 * out of it; a list that names one snapshot covers only that one. What single accounts call the model upstream is their
 * owner's business (deployments, ARNs) and is not held against it.
 */
export function mayUseModel(key: ApiKey, { asked, model }: AskedModel): boolean {
  // Asking for something that is stored at the upstream names no model.
  return asked === '' || mayUse(key, model);
}

/** Everything that the request names as a model, and what it names nowhere. */
function checkModels(key: ApiKey, { model: asked, otherModels = [], ...facts }: RequestFacts, model: string): void {
  if (!restrictsModels(key)) return;
  if (facts.hidesModels)
    throw modelRefused(key, 'it cannot be seen which ones this request uses. Send the calls singly');
  if (asked === '' && !facts.stored) throw modelRefused(key, 'this request names none. Name one');
  checkModel(key, { asked, model });
  // Nothing is renamed in these: what they are called is what the upstream gets.
  for (const name of otherModels) checkModel(key, { asked: name, model: name });
}

/** A batch goes upstream as it came, where nobody knows our aliases. */
function checkNames({ resolveModel }: AdmitDeps, { otherModels = [] }: RequestFacts): void {
  const alias = otherModels.find((name) => resolveModel(name) !== name);
  if (alias === undefined) return;
  const message = `A batch must name its models themselves: ${alias} stands for ${resolveModel(alias)} here.`;
  throw new RelayError('request-invalid', `${message} Name that instead.`);
}

/** What it comes to shows when its results are fetched, if they ever are: too late for who may never spend more. */
function checkBatch({ limits }: ApiKey, { otherModels, hidesModels }: RequestFacts): void {
  if (otherModels === undefined && !hidesModels) return;
  const strict = limits.find(({ mode, measure }) => mode === 'strict' && measure !== 'requests');
  if (!strict) return;
  const message = `This key makes no batches: what one comes to cannot be told beforehand, and this limit is strict: ${limitName(strict)}.`;
  throw new RelayError('service-not-allowed', `${message} Send the calls singly.`);
}

function modelRefused(key: ApiKey, why: string): RelayError {
  const message = `This key may only use some models, and ${why}. ${modelsOf(key)}`;
  return new RelayError('model-not-allowed', message);
}

function checkModel(key: ApiKey, named: AskedModel): void {
  if (mayUseModel(key, named)) return;
  const { asked, model } = named;
  const meaning = asked === model ? '' : `, which stands for ${model} here`;
  throw new RelayError(
    'model-not-allowed',
    `This key may not use the model ${asked}${meaning}. ${modelsOf(key)} (Tools also call small helper models by themselves.)`,
  );
}

function modelsOf({ models, deniedModels }: ApiKey): string {
  const allowed = models.length === 0 ? '' : `It may use: ${models.join(', ')}`;
  const denied = deniedModels.length === 0 ? '' : `not ${deniedModels.join(', ')}`;
  if (allowed === '') return `It may use all but ${deniedModels.join(', ')}.`;
  return denied === '' ? `${allowed}.` : `${allowed}, but ${denied}.`;
}
