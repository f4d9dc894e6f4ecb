import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Answer, Question } from './answers.ts';
import { noCharge } from './charge.ts';
import { converses } from './conversation.ts';
import { Ledger } from './ledger.ts';
import { closeAll, listen } from './listen.ts';
import type { Cut } from './moves.ts';
import { type Performance, play } from './player.ts';
import { PromptCache } from './prompt-cache.ts';
import { routeOf } from './routes.ts';
import { SeenRequest } from './seen-request.ts';
import { StoredThings } from './stored.ts';

export interface FakeAnthropicOptions {
  readonly port?: number;
  /** The only credentials it takes; every other one gets a 401. Without this all are taken. */
  readonly credentials?: readonly string[];
  readonly now?: () => number;
  /** Off for long runs in a process of its own: only the ledger grows then. */
  readonly keepsRequests?: boolean;
}

/** Decides how to answer any request; undefined leaves it to the script and then to the usual behaviour. */
export type Choose = (question: Question) => Answer | undefined;

interface Waiter {
  readonly count: number;
  readonly resolve: (request: SeenRequest) => void;
}

/** The Anthropic API on loopback: faithful by itself, faulty by script, and with a ledger of what it charged. */
export class FakeAnthropic {
  readonly ledger = new Ledger();
  readonly #options: FakeAnthropicOptions;
  readonly #server: Server;
  readonly #cache = new PromptCache();
  readonly #run = Math.random().toString(36).slice(2, 8);
  readonly #stored = new StoredThings(this.#run);
  readonly #requests: SeenRequest[] = [];
  readonly #calls: SeenRequest[] = [];
  readonly #scripts = new Map<string, Answer[]>();
  readonly #sockets = new Set<Socket>();
  #waiters: Waiter[] = [];
  #choose: Choose = () => undefined;
  #port = 0;
  #count = 0;
  #connections = 0;
  #cuts: Cut[] = [];

  private constructor(options: FakeAnthropicOptions) {
    this.#options = options;
    this.#server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0, headersTimeout: 0 });
    this.#server.on('connection', (socket: Socket) => this.#connected(socket));
    this.#server.on('request', (message, response) => void this.#answer(message, response));
  }

  static async start(options: FakeAnthropicOptions = {}): Promise<FakeAnthropic> {
    const fake = new FakeAnthropic(options);
    fake.#port = await listen(fake.#server, options.port ?? 0);
    return fake;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Every request, in the order their headers arrived. */
  get requests(): readonly SeenRequest[] {
    return this.#requests;
  }

  /** Whole requests for messages (`POST /v1/messages`), in the order they were answered. */
  get calls(): readonly SeenRequest[] {
    return this.#calls;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  /** Connections accepted so far. */
  get connections(): number {
    return this.#connections;
  }

  /** Answers for the next requests for messages, of this credential or of any. Afterwards it converses again. */
  script(answers: readonly Answer[], credential = ''): void {
    this.#scripts.set(credential, [...answers]);
  }

  /** Scripted answers nobody has asked for yet. */
  get scriptedLeft(): number {
    return [...this.#scripts.values()].reduce((count, answers) => count + answers.length, 0);
  }

  /** Chooses an answer for each request of any route, before the script. */
  answer(choose: Choose): void {
    this.#choose = choose;
  }

  /** Cuts the next connections as soon as they open, before a byte is read. */
  cutConnections(count: number, how: Cut = 'rst'): void {
    this.#cuts = Array.from({ length: count }, () => how);
  }

  /** Resolves when every request for messages so far is answered or given up, and so in the ledger. */
  async settled(): Promise<void> {
    await Promise.all(this.#calls.map(({ ended }) => ended));
  }

  /** The request for messages with this number, from 1: now or once it is whole. */
  async call(count: number): Promise<SeenRequest> {
    return this.#calls[count - 1] ?? new Promise((resolve) => this.#waiters.push({ count, resolve }));
  }

  async close(): Promise<void> {
    await closeAll(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #connected(socket: Socket): void {
    this.#connections += 1;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const how = this.#cuts.shift();
    if (how === 'rst') socket.resetAndDestroy();
    if (how === 'fin') socket.destroySoon();
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#count += 1;
    const request = new SeenRequest(`req_${this.#run}${String(this.#count).padStart(8, '0')}`, message);
    if (this.#options.keepsRequests !== false) this.#requests.push(request);
    const left = leaving(response);
    await receive(message, request);
    if (!request.isWhole) return request.finish('aborted');
    this.#arrived(request);
    const question = this.#questionOf(request);
    const moves = this.#choices(question)(question);
    const progress = await play(moves, response, left);
    this.#record(question, progress, response.writableFinished);
  }

  #choices(question: Question): Answer {
    const { request } = question;
    const chosen = this.#choose(question);
    if (chosen) return chosen;
    const scripted = isCall(request) ? this.#nextScripted(request.credential ?? '') : undefined;
    return scripted ?? routeOf(question, { credentials: this.#options.credentials, converses, stored: this.#stored });
  }

  #nextScripted(credential: string): Answer | undefined {
    return this.#scripts.get(credential)?.shift() ?? this.#scripts.get('')?.shift();
  }

  #questionOf(request: SeenRequest): Question {
    const body = request.json() ?? {};
    return {
      request,
      body,
      isStream: body['stream'] === true,
      nowMs: (this.#options.now ?? Date.now)(),
      chargePrompt: () => this.#cache.charge(request.credential ?? '', body),
    };
  }

  #arrived(request: SeenRequest): void {
    if (!isCall(request) || this.#options.keepsRequests === false) return;
    const count = this.#calls.push(request);
    const due = this.#waiters.filter((waiter) => waiter.count === count);
    this.#waiters = this.#waiters.filter((waiter) => waiter.count !== count);
    for (const { resolve } of due) resolve(request);
  }

  #record({ request, body }: Question, progress: Performance, isSent: boolean): void {
    const isComplete = progress.isFinal && isSent && !progress.isCut;
    if (isCall(request)) {
      this.ledger.add({
        requestId: request.id,
        credential: request.credential ?? '',
        model: String(body['model'] ?? ''),
        path: request.path,
        status: progress.status,
        outcome: outcomeOf(progress, isComplete),
        charged: progress.isCharged ? progress.charge : noCharge,
      });
    }
    request.finish(progress.isCut ? 'cut' : isSent ? 'answered' : 'aborted');
  }
}

function outcomeOf({ isCharged, status }: Performance, isComplete: boolean) {
  if (isComplete) return 'completed';
  return isCharged || status === 0 ? 'aborted' : 'refused';
}

function isCall({ method, path }: SeenRequest): boolean {
  return method === 'POST' && path.split('?')[0] === '/v1/messages';
}

/** Aborts when the connection goes before the answer is out. */
function leaving(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}

async function receive(message: IncomingMessage, request: SeenRequest): Promise<void> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of message) chunks.push(chunk);
    request.received(Buffer.concat(chunks), message.complete);
  } catch {
    request.received(Buffer.concat(chunks), false); // The client left while sending: that is a finding, not a failure.
  }
}
