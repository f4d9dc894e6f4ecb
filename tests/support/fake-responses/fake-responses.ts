import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { noCharge } from '../fake-anthropic/charge.ts';
import { Ledger } from '../fake-anthropic/ledger.ts';
import { closeAll, listen } from '../fake-anthropic/listen.ts';
import { type Performance, play } from '../fake-anthropic/player.ts';
import { SeenRequest } from '../fake-anthropic/seen-request.ts';
import type { Answer, Question } from './answers.ts';
import { converses } from './conversation.ts';
import { KeptResponses, KeyedCache } from './kept.ts';
import { isResponses, routeOf } from './routes.ts';
import { StoredThings } from './stored.ts';

export interface FakeResponsesOptions {
  readonly port?: number;
  /** The only credentials it takes; every other one gets a 401. Without this all are taken. */
  readonly credentials?: readonly string[];
  readonly now?: () => number;
}

/** Decides how to answer any request; undefined leaves it to the script and then to the usual behaviour. */
export type Choose = (question: Question) => Answer | undefined;

/** OpenAI's Responses API on loopback: faithful by itself, faulty by script, and with a ledger of what it charged. */
export class FakeResponses {
  readonly ledger = new Ledger();
  readonly #options: FakeResponsesOptions;
  readonly #server: Server;
  readonly #kept = new KeptResponses();
  readonly #cache = new KeyedCache();
  readonly #run = Math.random().toString(36).slice(2, 8);
  readonly #stored = new StoredThings(this.#run);
  readonly #requests: SeenRequest[] = [];
  #script: Answer[] = [];
  #choose: Choose = () => undefined;
  #port = 0;

  private constructor(options: FakeResponsesOptions) {
    this.#options = options;
    // Without an `upgrade` listener a wish for a socket comes as a plain GET.
    this.#server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0, headersTimeout: 0 });
    this.#server.on('request', (message, response) => void this.#answer(message, response));
  }

  static async start(options: FakeResponsesOptions = {}): Promise<FakeResponses> {
    const fake = new FakeResponses(options);
    fake.#port = await listen(fake.#server, options.port ?? 0);
    return fake;
  }

  /** The origin; the API is at `/v1`. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Every request, in the order their headers arrived. */
  get requests(): readonly SeenRequest[] {
    return this.#requests;
  }

  /** Requests for new responses. */
  get calls(): readonly SeenRequest[] {
    return this.#requests.filter(isCall);
  }

  /** Answers for the next requests for responses. Afterwards it converses again. */
  script(answers: readonly Answer[]): void {
    this.#script = [...answers];
  }

  /** Chooses an answer for each request of any route, before the script. */
  answer(choose: Choose): void {
    this.#choose = choose;
  }

  async close(): Promise<void> {
    await closeAll(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const number = String(this.#requests.length + 1).padStart(8, '0');
    const request = new SeenRequest(`req_${this.#run}${number}`, message);
    this.#requests.push(request);
    const left = leaving(response);
    await receive(message, request);
    if (!request.isWhole) return request.finish('aborted');
    const question = this.#questionOf(request);
    const progress = await play(this.#choices(question)(question), response, left);
    this.#record(question, progress, response.writableFinished);
  }

  #choices(question: Question): Answer {
    const scripted = () => (isCall(question.request) ? this.#script.shift() : undefined);
    const usual = () =>
      routeOf(question, {
        ...{ credentials: this.#options.credentials, kept: this.#kept },
        stored: this.#stored,
        converses,
      });
    return this.#choose(question) ?? scripted() ?? usual();
  }

  #questionOf(request: SeenRequest): Question {
    const body = request.json() ?? {};
    const credential = request.credential ?? '';
    return {
      request,
      body,
      isStream: body['stream'] === true,
      nowMs: (this.#options.now ?? Date.now)(),
      chargePrompt: () => this.#cache.charge(credential, body),
      keep: (response) => this.#kept.keep(credential, response, body['input']),
    };
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
        outcome: isComplete ? 'completed' : progress.isCharged || progress.status === 0 ? 'aborted' : 'refused',
        charged: progress.isCharged ? progress.charge : noCharge,
      });
    }
    request.finish(progress.isCut ? 'cut' : isSent ? 'answered' : 'aborted');
  }
}

function isCall({ method, path }: SeenRequest): boolean {
  return method === 'POST' && isResponses(path.split('?')[0] ?? '');
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
