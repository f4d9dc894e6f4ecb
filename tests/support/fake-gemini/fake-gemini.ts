import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Answer, Question } from '../fake-anthropic/answers.ts';
import { noCharge } from '../fake-anthropic/charge.ts';
import { isRecord } from '../fake-anthropic/json.ts';
import { Ledger } from '../fake-anthropic/ledger.ts';
import { closeAll, listen } from '../fake-anthropic/listen.ts';
import { type Performance, play } from '../fake-anthropic/player.ts';
import { SeenRequest } from '../fake-anthropic/seen-request.ts';
import { PromptCache } from '../fake-openai/prompt.ts';
import { modelOf, refuses } from './answers.ts';
import { errorInfo } from './errors.ts';
import { isCall, routeOf, verbOf } from './routes.ts';

export interface FakeGeminiOptions {
  readonly port?: number;
  /** The only keys it takes; every other one is refused. Without this all are taken. */
  readonly credentials?: readonly string[];
  readonly now?: () => number;
}

/** Decides how to answer any request; undefined leaves it to the script and then to the usual behaviour. */
export type Choose = (question: Question) => Answer | undefined;

interface Waiter {
  readonly count: number;
  readonly resolve: (request: SeenRequest) => void;
}

/** Google's Gemini API on loopback: faithful by itself, faulty by script, and with a ledger of what it charged. */
export class FakeGemini {
  readonly ledger = new Ledger();
  readonly #options: FakeGeminiOptions;
  readonly #server: Server;
  readonly #cache = new PromptCache();
  readonly #run = Math.random().toString(36).slice(2, 8);
  readonly #requests: SeenRequest[] = [];
  readonly #calls: SeenRequest[] = [];
  readonly #scripts = new Map<string, Answer[]>();
  #waiters: Waiter[] = [];
  #choose: Choose = () => undefined;
  #port = 0;

  private constructor(options: FakeGeminiOptions) {
    this.#options = options;
    this.#server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0, headersTimeout: 0 });
    this.#server.on('request', (message, response) => void this.#answer(message, response));
  }

  static async start(options: FakeGeminiOptions = {}): Promise<FakeGemini> {
    const fake = new FakeGemini(options);
    fake.#port = await listen(fake.#server, options.port ?? 0);
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Every request, in the order their headers arrived. */
  get requests(): readonly SeenRequest[] {
    return this.#requests;
  }

  /** Whole requests that work for money, in the order they were answered. */
  get calls(): readonly SeenRequest[] {
    return this.#calls;
  }

  /** Answers for the next such requests, of this key or of any. Afterwards it converses again. */
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

  /** The call with this number, from 1: now or once it is whole. */
  async call(count: number): Promise<SeenRequest> {
    return this.#calls[count - 1] ?? new Promise((resolve) => this.#waiters.push({ count, resolve }));
  }

  async close(): Promise<void> {
    await closeAll(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = new SeenRequest(`req_${this.#run}${this.#requests.length + 1}`, message);
    this.#requests.push(request);
    const left = new AbortController();
    response.once('close', () => left.abort());
    await receive(message, request);
    if (!request.isWhole) return request.finish('aborted');
    const isPaid = isCall(request.method, request.path);
    if (isPaid) this.#arrived(request);
    const question = this.#questionOf(request);
    const progress = await play(this.#choices(question, isPaid)(question), response, left.signal);
    const isSent = response.writableFinished;
    if (isPaid) this.#record(question, progress, isSent);
    request.finish(progress.isCut ? 'cut' : isSent ? 'answered' : 'aborted');
  }

  #choices(question: Question, isPaid: boolean): Answer {
    const credential = credentialOf(question.request);
    const scripted = () => (isPaid ? this.#nextScripted(credential ?? '') : undefined);
    return this.#choose(question) ?? scripted() ?? this.#refusal(credential) ?? routeOf(question);
  }

  #refusal(credential: string | undefined): Answer | undefined {
    const { credentials } = this.#options;
    if (credential === undefined) {
      return refuses(403, { message: 'Method doesn’t allow unregistered callers. Please use API Key.' });
    }
    if (!credentials || credentials.includes(credential)) return undefined;
    const message = 'API key not valid. Please pass a valid API key.';
    return refuses(400, { message, details: [errorInfo('API_KEY_INVALID')] });
  }

  #nextScripted(credential: string): Answer | undefined {
    return this.#scripts.get(credential)?.shift() ?? this.#scripts.get('')?.shift();
  }

  #questionOf(request: SeenRequest): Question {
    const body = request.json() ?? {};
    const { tools, systemInstruction, contents } = isRecord(body['request']) ? body['request'] : body;
    const question = {
      request,
      body,
      isStream: verbOf(request.path) === 'streamGenerateContent',
      nowMs: (this.#options.now ?? Date.now)(),
    };
    const chargePrompt = () => {
      const model = modelOf({ ...question, chargePrompt });
      return this.#cache.charge(credentialOf(request) ?? '', {
        model,
        tools: [tools, systemInstruction],
        input: contents,
      });
    };
    return { ...question, chargePrompt };
  }

  #arrived(request: SeenRequest): void {
    const count = this.#calls.push(request);
    const due = this.#waiters.filter((waiter) => waiter.count === count);
    this.#waiters = this.#waiters.filter((waiter) => waiter.count !== count);
    for (const { resolve } of due) resolve(request);
  }

  #record(question: Question, progress: Performance, isSent: boolean): void {
    const { request } = question;
    const { status, isCharged, isFinal, isCut, charge } = progress;
    const ended = isCharged || status === 0 ? 'aborted' : 'refused';
    this.ledger.add({
      requestId: request.id,
      credential: credentialOf(request) ?? '',
      model: modelOf(question),
      path: request.path,
      status,
      outcome: isFinal && isSent && !isCut ? 'completed' : ended,
      charged: isCharged ? charge : noCharge,
    });
  }
}

/** The key's own header, or the query; the token that stands in Code Assist's. */
export function credentialOf({ headers, path, credential }: SeenRequest): string | undefined {
  const key = path.startsWith('/v1internal') ? credential : headers['x-goog-api-key'];
  return typeof key === 'string' ? key : (new URLSearchParams(path.split('?')[1]).get('key') ?? undefined);
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
