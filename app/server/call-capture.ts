import type { Headers } from '../domain/headers.ts';
import { redactPersonal } from '../domain/redaction.ts';
import type { Received, Reply, Tail } from '../relay/call.ts';
import type { CaptureFolder, Purged } from '../usage/capture-folder.ts';
import type { CaptureSwitch } from '../usage/capture-switch.ts';
import type { CapturedMessage } from '../usage/captured-call.ts';

export interface CallCaptureDeps {
  readonly folder: CaptureFolder;
  readonly switch: CaptureSwitch;
  warn(message: string): void;
}

type Run = (received: Received, reply: Reply) => Promise<void>;

/** Of each body. */
export const maxExcerptBytes = 256 * 1024;
/** Collected beyond that, so that a secret at the edge is seen whole and taken out. */
const edgeBytes = 16 * 1024;
/** What more calls at once say is not kept: it all waits in memory. */
const maxAtOnce = 20;

/** Keeps what calls say while the owner wants it. While not, a call is asked for one boolean. */
export class CallCapture {
  readonly #deps: CallCaptureDeps;
  readonly #writing = new Set<Promise<void>>();
  #running = 0;
  /** Counts purges: what began before one is not kept after it. */
  #age = 0;

  constructor(deps: CallCaptureDeps) {
    this.#deps = deps;
  }

  get isOn(): boolean {
    return this.#deps.switch.isOn;
  }

  /** Runs a call and keeps it. One that is refused has no row to be found by, and may be anybody's: it is not kept. */
  async follow(received: Received, reply: Reply, run: Run): Promise<void> {
    if (this.#running >= maxAtOnce || !this.#deps.switch.take()) return await run(received, reply);
    const request = new Excerpt();
    const answer = new CapturedReply(reply);
    const age = this.#age;
    const readBody = async () => {
      const body = await received.readBody();
      request.add(body);
      return body;
    };
    this.#running += 1;
    try {
      await run({ ...received, readBody }, answer);
    } finally {
      this.#running -= 1;
    }
    if (age === this.#age) this.#keep(received, request, answer);
  }

  /** Stops, and removes all that was kept, also what is being written. */
  async purge(): Promise<Purged> {
    this.#deps.switch.turnOff();
    this.#age += 1;
    await this.written();
    return await this.#deps.folder.purge();
  }

  async written(): Promise<void> {
    await Promise.all(this.#writing);
  }

  #keep(received: Received, request: Excerpt, answer: CapturedReply): void {
    const { requestId, method, receivedAt, path, headers } = received;
    const known = [...headers.credentials.map(({ secret }) => secret), ...headers.waystationKeys];
    const clean = (text: string) => redactPersonal(withoutKnown(text, known));
    const sent = { ...headers.forward, ...Object.fromEntries(headers.credentials.map(({ header }) => [header, ''])) };
    const writing = this.#deps.folder
      .write({
        ...{ requestId, method, capturedAt: receivedAt, path: clean(path.replace(queryKey, '$1[redacted]')) },
        request: { headers: cleanHeaders(sent, clean), ...request.read(clean) },
        answer: {
          ...{ status: answer.status, headers: cleanHeaders(answer.headers, clean) },
          ...{ error: answer.error === null ? null : clean(answer.error), ...answer.body.read(clean) },
        },
      })
      .catch((error: unknown) => this.#deps.warn(`A captured call could not be kept: ${String(error)}`))
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }
}

const queryKey = /([?&](?:key|access_token|api_key)=)[^&]*/g;
const secretHeader = /auth|cookie|token|secret|key|signature|credential|email|password/i;
const shortestKnown = 6;

/** Whatever form a credential has: the call brought it, so it is known. */
function withoutKnown(text: string, known: readonly string[]): string {
  return known
    .filter(({ length }) => length >= shortestKnown)
    .reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text);
}

function cleanHeaders(headers: Headers, clean: (text: string) => string) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value = '']) => [name, secretHeader.test(name) ? '[redacted]' : clean(value)]),
  );
}

/** The beginning of a body, and how long the whole of it is. */
class Excerpt {
  readonly #chunks: Uint8Array[] = [];
  #kept = 0;
  #bytes = 0;

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    const room = maxExcerptBytes + edgeBytes - this.#kept;
    if (room <= 0) return;
    // A copy: the rest of the buffer it is part of need not wait for us.
    const part = Buffer.from(chunk.subarray(0, room));
    this.#chunks.push(part);
    this.#kept += part.length;
  }

  read(clean: (text: string) => string): Pick<CapturedMessage, 'body' | 'bytes' | 'isWhole'> {
    const isWhole = this.#bytes <= maxExcerptBytes;
    const text = textOf(Buffer.concat(this.#chunks));
    const body = text === undefined ? null : clean(text);
    return { body: isWhole || body === null ? body : body.slice(0, maxExcerptBytes), bytes: this.#bytes, isWhole };
  }
}

/** Undefined for bytes that are no text; a character that the end cuts is left out. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined; // an image, a compressed file
  }
}

/** The same way to the client, with a copy of what goes along it. */
class CapturedReply implements Reply {
  readonly #inner: Reply;
  readonly body = new Excerpt();
  status: number | null = null;
  headers: Readonly<Record<string, string>> = {};
  error: string | null = null;

  constructor(inner: Reply) {
    this.#inner = inner;
  }

  get hasBegun(): boolean {
    return this.#inner.hasBegun;
  }

  announce(headers: Readonly<Record<string, string>>): void {
    this.headers = { ...this.headers, ...headers };
    this.#inner.announce(headers);
  }

  begin(status: number, headers: Record<string, string>): void {
    this.#began(status, headers);
    this.#inner.begin(status, headers);
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    this.body.add(chunk);
    return this.#inner.write(chunk);
  }

  finish(tail: Tail): void {
    this.#ended(tail);
    this.#inner.finish(tail);
  }

  #began(status: number, headers: Readonly<Record<string, string>>): void {
    this.status = status;
    this.headers = { ...this.headers, ...headers };
  }

  #ended(tail: Tail): void {
    switch (tail.kind) {
      case 'end':
      case 'cut':
        for (const chunk of tail.chunks) this.body.add(chunk);
        return;
      case 'whole':
        this.#began(tail.status, tail.headers);
        this.body.add(tail.body);
        return;
      case 'error':
        this.error = tail.error.message;
        return;
      case 'none':
    }
  }
}
