import type { AccountView } from '../accounts/view.ts';
import { RelayError } from '../domain/errors.ts';
import type { Fault } from '../domain/fault.ts';
import { noUsage } from '../domain/usage.ts';
import type { ByteFilter, UsageMeter } from '../protocols/protocol.ts';
import { routeFacts } from '../protocols/routes.ts';
import { type LimitWatcher, ReframeError } from '../providers/provider.ts';
import type { Answer, AttemptDeps, Refusal } from './answer.ts';
import { ClientLost, isFree, type Planned, type Reply } from './call.ts';
import { readWhole, TransportError, type UpstreamReply } from './exchange.ts';
import { replyHeaders, upstreamRequestId } from './headers.ts';
import { streamBroken } from './policy.ts';
import type { Prepared } from './prepare.ts';
import { type Edited, editReply, isEdited } from './stored.ts';
import { StreamTranslator, type Translation, translateReply } from './translate.ts';
import { Chained } from './wrapper.ts';

/** What is held back before the commit point: an answer that has not shown content by then is passed on anyway. */
const maxHeldBytes = 1024 * 1024;
const maxRefusalBytes = 1024 * 1024;
/** After its natural end an answer has nothing more to say. */
const maxTrailingBytes = 16 * 1024;

interface Source {
  readonly view: AccountView;
  readonly reply: Reply;
  readonly upstream: UpstreamReply;
  readonly prepared: Prepared;
  readonly upstreamModel: string;
  /** Which try of the call it is, from 1. */
  readonly number: number;
}

/** A source with what its answer passes on the way to the client. */
interface Path extends Source {
  readonly headers: Record<string, string>;
  readonly meter: UsageMeter;
  /** From the upstream's own framing to its protocol's bytes. */
  readonly reframer: ByteFilter | undefined;
  /** From the upstream's protocol to the client's. */
  readonly filter: ByteFilter | undefined;
  /** For limits that are told inside the answer. */
  readonly watcher: LimitWatcher | undefined;
}

/** Reads an upstream's answer: up to the commit point into our hands, from there into the client's. */
export async function receive(deps: AttemptDeps, call: Planned, source: Source): Promise<Answer> {
  const { upstream, prepared } = source;
  if (upstream.status >= 400) return refused(deps, call, source);
  const { isStream } = call.facts;
  const provider = deps.providers.get(source.view.account.provider);
  const reframer = provider?.createReframer?.(isStream, prepared.route);
  const wrong = whatIsWrong(upstream, reframer?.hasOwnType ? undefined : expectedType(call, prepared));
  if (wrong) {
    upstream.cancel();
    return { kind: 'faulted', fault: { kind: 'unreachable', phase: 'first-byte', detail: wrong } };
  }
  const meter = prepared.protocol.createMeter({
    isStream,
    requestBytes: call.body.length,
    headers: upstream.headers,
    path: prepared.path,
  });
  const filter = filterOf(prepared, isStream);
  const headers = headersOf(call, source);
  headers[routeHeader] = routeOf(call, source);
  if (reframer?.hasOwnType && isStream) headers['content-type'] = 'text/event-stream; charset=utf-8';
  const watcher = provider?.watchLimits?.(source.upstreamModel, deps.clock.now());
  const course = new Course(deps, call, { ...source, headers, meter, reframer, filter, watcher });
  return isStream ? course.stream() : course.whole();
}

/** What an answer passes while it comes; a whole one of another protocol is translated once it is here. */
function filterOf({ translation, filter }: Prepared, isStream: boolean): ByteFilter | undefined {
  if (!translation) return filter;
  if (!isStream) return undefined;
  const translator = new StreamTranslator(translation);
  return filter ? new Chained(translator, filter) : translator;
}

/** The short form of a call's explanation, on its answer. */
export const routeHeader = 'x-waystation-route';

/** The end of the account's id says which one it was to its owner, and nothing to anybody else. */
function routeOf({ plan }: Planned, { view, number }: Source): string {
  return `account=${view.account.id.slice(-6)}, session=${plan.explanation.sticky}, try=${number}`;
}

/** What an upstream of another protocol says in its headers is not for this client; its request id is for support. */
function headersOf(call: Planned, { upstream, view, prepared }: Source): Record<string, string> {
  if (!prepared.translation) return replyHeaders(upstream.headers, view.forwardsClientCredential);
  const id = upstreamRequestId(upstream.headers);
  return {
    'content-type': `${clientType(call)}; charset=utf-8`,
    ...(call.facts.isStream ? { 'cache-control': 'no-cache' } : {}),
    ...(id === undefined ? {} : { 'x-waystation-upstream-request-id': id }),
  };
}

/** The way of one answer through the relay. */
class Course {
  readonly #deps: AttemptDeps;
  readonly #call: Planned;
  readonly #source: Path;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #firstByteAt: number | undefined;

  constructor(deps: AttemptDeps, call: Planned, source: Path) {
    this.#deps = deps;
    this.#call = call;
    this.#source = source;
  }

  /** The last bytes of a finished stream stay in hand until its usage row is durable. */
  async stream(): Promise<Answer> {
    const { upstream, meter } = this.#source;
    try {
      for (let chunk = await upstream.read(); chunk !== undefined; chunk = await upstream.read()) {
        this.#take(chunk);
        const hasBegun = this.#firstByteAt !== undefined;
        if (!hasBegun && this.#hasFailed()) return this.#failedInside();
        if (!hasBegun && meter.phase === 'handshake' && this.#heldBytes < maxHeldBytes) continue;
        if (!hasBegun) this.#commit();
        if (meter.phase === 'ended' && !meter.mayContinue) return this.#completed();
        const slow = this.#flush();
        if (slow) await slow;
      }
      this.#takeEnd();
    } catch (error) {
      return this.#broken(error);
    }
    return this.#ranOut();
  }

  /** How a stored answer ended once is what was asked for: it says nothing about this call. */
  #hasFailed(): boolean {
    return this.#source.meter.phase === 'error' && this.#call.route !== 'responses-item';
  }

  /** The bytes have ended: at the natural end, with an error event, or too soon. */
  #ranOut(): Answer {
    const { meter } = this.#source;
    if (meter.phase === 'ended') return this.#completed();
    if (this.#hasFailed()) return { ...this.#served('failed'), fault: this.#innerFault() };
    if (meter.phase === 'error') return this.#completed();
    return this.#broken(new TransportError('stream', 'the stream ended before its natural end'));
  }

  /** A JSON answer is held whole, so that a broken one can still fail over; a very large one streams on. */
  async whole(): Promise<Answer> {
    const { upstream, meter, prepared } = this.#source;
    const isHeldWhole = prepared.translation !== undefined || isEdited(this.#call);
    try {
      for (let chunk = await upstream.read(); chunk !== undefined; chunk = await upstream.read()) {
        this.#take(chunk);
        if (isHeldWhole || (this.#firstByteAt === undefined && this.#heldBytes < maxHeldBytes)) continue;
        if (this.#firstByteAt === undefined) this.#commit();
        const slow = this.#flush();
        if (slow) await slow;
      }
      this.#takeLast();
    } catch (error) {
      return this.#broken(error);
    }
    if (this.#hasFailed()) return this.#failedInside();
    if (meter.phase !== 'ended' && meter.phase !== 'error')
      return this.#broken(new TransportError('stream', 'the answer is not complete JSON'));
    if (this.#firstByteAt !== undefined) return this.#served('completed');
    this.#firstByteAt = this.#deps.clock.monotonic();
    const held = Buffer.concat(this.#held, this.#heldBytes);
    const { headers } = this.#source;
    const { body, stateIds = meter.stateIds } = await this.#finished(held);
    return { ...this.#served('completed'), stateIds, tail: { kind: 'whole', status: upstream.status, headers, body } };
  }

  /** A whole answer as this client gets it. */
  async #finished(held: Buffer): Promise<Edited> {
    const { prepared, view } = this.#source;
    // A translated answer exists at its upstream under another protocol's name only.
    if (prepared.translation) return { body: translated(prepared.translation, prepared.filter, held), stateIds: [] };
    return await editReply(this.#deps, this.#call, { view, body: held });
  }

  /** The meter looks at the upstream's own protocol; what is held is already the client's. */
  #take(chunk: Uint8Array): void {
    const { meter, reframer, filter, watcher } = this.#source;
    const bytes = reframer ? reframer.push(chunk) : chunk;
    if (bytes.length === 0) return;
    meter.push(bytes);
    watcher?.push(bytes);
    this.#hold(filter ? filter.push(bytes) : bytes);
  }

  #takeEnd(): void {
    const { meter, reframer } = this.#source;
    const rest = reframer?.end();
    if (!rest || rest.length === 0) return;
    meter.push(rest);
    this.#hold(this.#source.filter?.push(rest) ?? rest);
  }

  #takeLast(): void {
    this.#takeEnd();
    const { filter } = this.#source;
    if (filter) this.#hold(filter.end());
  }

  #hold(chunk: Uint8Array): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
  }

  #commit(): void {
    const { reply, upstream, headers } = this.#source;
    this.#firstByteAt = this.#deps.clock.monotonic();
    reply.begin(upstream.status, headers);
  }

  #flush(): Promise<void> | undefined {
    const { reply } = this.#source;
    const [only] = this.#held;
    const bytes = this.#held.length === 1 && only ? only : Buffer.concat(this.#held, this.#heldBytes);
    this.#held = [];
    this.#heldBytes = 0;
    return reply.write(bytes);
  }

  /** The natural end is here; an upstream that keeps the connection open after it does not keep the client waiting. */
  #completed(): Answer {
    const { upstream, filter } = this.#source;
    for (let next = upstream.read(); next !== undefined; next = upstream.read()) {
      if (next instanceof Promise) {
        void readOut(upstream, next);
        break;
      }
      this.#take(next);
    }
    if (filter) this.#hold(filter.end());
    return this.#served('completed');
  }

  /** An error event in a 200 answer, before any content: as good as a refusal. */
  #failedInside(): Answer {
    this.#source.upstream.cancel();
    const { upstream } = this.#source;
    const body = Buffer.concat(this.#held, this.#heldBytes);
    const refusal: Refusal = { status: upstream.status, headers: upstream.headers, body };
    return { kind: 'faulted', fault: this.#innerFault(), detail: this.#source.meter.failure?.type, refusal };
  }

  #innerFault(): Fault {
    const failure = this.#source.meter.failure;
    const body = Buffer.from(JSON.stringify({ type: 'error', error: failure ?? {} }));
    return classify(this.#deps, this.#call, {
      view: this.#source.view,
      status: 200,
      headers: this.#source.upstream.headers,
      body,
    });
  }

  #broken(error: unknown): Answer {
    this.#source.upstream.cancel();
    if (this.#call.signal.aborted || error instanceof ClientLost) return this.#left();
    const broken = asTransportError(error);
    if (!broken) throw error;
    const fault: Fault = { kind: 'unreachable', phase: 'stream', detail: broken.detail };
    if (this.#firstByteAt === undefined) return { kind: 'faulted', fault };
    const { protocol, requestId, facts } = this.#call;
    const last = facts.isStream ? [Buffer.from(protocol.encodeStreamError(streamBroken(broken), requestId))] : [];
    const served = this.#served('failed');
    return { ...served, fault, tail: { kind: facts.isStream ? 'end' : 'cut', chunks: [...this.#held, ...last] } };
  }

  #left(): Answer {
    return { ...this.#served('aborted'), tail: { kind: 'none' } };
  }

  #served(status: 'completed' | 'aborted' | 'failed') {
    const { meter, prepared, watcher, view } = this.#source;
    const told = watcher?.limits();
    if (told) this.#deps.noteLimits(view.account.id, told);
    return {
      kind: 'served',
      status,
      usage: isFree(this.#call) ? noUsage : meter.usage(),
      // A translated answer exists at its upstream under another protocol's name only.
      stateIds: prepared.translation ? undefined : meter.stateIds,
      batchResults: status === 'completed' ? meter.batchResults : undefined,
      tail: { kind: 'end', chunks: this.#held },
      firstByteAt: this.#firstByteAt,
    } as const;
  }
}

function translated(translation: Translation, filter: ByteFilter | undefined, body: Buffer): Buffer {
  const reply = translateReply(translation, body);
  return filter ? Buffer.concat([filter.push(reply), filter.end()]) : reply;
}

/** A framing that does not add up, or an answer that cannot be said in the client's protocol, broke like a connection. */
function asTransportError(error: unknown): TransportError | undefined {
  if (error instanceof TransportError) return error;
  if (error instanceof ReframeError || error instanceof RelayError)
    return new TransportError('stream', error.message, error);
  return undefined;
}

/** Lets an answer run out so that its connection can be used again; one that does not end is cancelled. */
async function readOut(upstream: UpstreamReply, first: Promise<Uint8Array | undefined>): Promise<void> {
  try {
    if (await first) await readWhole(upstream, maxTrailingBytes);
  } catch {
    // Whatever breaks after the natural end changes nothing: the answer is settled.
  }
}

async function refused(deps: AttemptDeps, call: Planned, source: Source): Promise<Answer> {
  const { upstream, view } = source;
  const body = await readWhole(upstream, maxRefusalBytes);
  const reply = { status: upstream.status, headers: upstream.headers, body };
  const fault = classify(deps, call, { view, ...reply });
  const provider = deps.providers.get(view.account.provider);
  const said = provider?.encodeRefusal?.(reply);
  return { kind: 'faulted', fault, refusal: said ? { ...reply, body: Buffer.from(said) } : reply };
}

function classify(deps: AttemptDeps, call: Planned, refusal: Refusal & { view: AccountView }): Fault {
  const provider = deps.providers.get(refusal.view.account.provider);
  const { status, headers, body } = refusal;
  return (
    provider?.classify({ status, headers, body, facts: call.facts, nowMs: deps.clock.now() }) ?? {
      kind: 'unreachable',
      phase: 'first-byte',
      detail: `HTTP ${status}`,
    }
  );
}

/** What the client's answer calls itself. */
function clientType({ protocol, path, facts }: Planned): string {
  if (!facts.isStream) return 'application/json';
  return protocol.streamType?.(path) ?? 'text/event-stream';
}

/** What the upstream's answer calls itself: of other protocols only server-sent events are asked for. */
function expectedType(call: Planned, { translation }: Prepared): string | undefined {
  // A file may be anything, and the meter knows what is no JSON.
  if (routeFacts[call.route].isStored) return undefined;
  return translation && call.facts.isStream ? 'text/event-stream' : clientType(call);
}

/** An answer below 400 that cannot be what was asked for. Redirects are never followed: a credential stays at its origin. */
function whatIsWrong(upstream: UpstreamReply, expected: string | undefined): string | undefined {
  if (upstream.status >= 300) return `answered with a redirect (HTTP ${upstream.status})`;
  // An upstream with a framing of its own is judged by its frames.
  if (expected === undefined) return undefined;
  const type = (upstream.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  return type === expected ? undefined : `answered ${type || 'without a content type'} instead of ${expected}`;
}
