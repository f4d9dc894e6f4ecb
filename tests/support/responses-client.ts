import { once } from 'node:events';
import { WebSocket } from 'ws';

export interface SocketEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface ConnectOptions {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** As every living client does. */
  readonly answersPings?: boolean;
}

/** A client of the Responses WebSocket, as plain as Codex's own. */
export class ResponsesClient {
  readonly #socket: WebSocket;
  readonly #events: SocketEvent[] = [];
  #pings = 0;
  #wake: () => void = () => undefined;
  #closed: { readonly code: number; readonly reason: string } | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      this.#events.push(JSON.parse(String(data)));
      this.#wake();
    });
    socket.on('ping', () => {
      this.#pings += 1;
    });
    socket.on('close', (code, reason) => {
      this.#closed = { code, reason: reason.toString() };
      this.#wake();
    });
    socket.on('error', () => undefined);
  }

  /** Answers the status instead when the server does not upgrade. */
  static async connect(port: number, options: ConnectOptions = {}) {
    const { path = '/v1/responses', headers = {}, answersPings = true } = options;
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers, autoPong: answersPings });
    const client = new ResponsesClient(socket);
    return await new Promise<ResponsesClient | number>((resolve) => {
      socket.once('open', () => resolve(client));
      socket.once('unexpected-response', (request, response) => {
        request.destroy();
        resolve(response.statusCode ?? 0);
      });
    });
  }

  /** As `connect`, where it has to work. */
  static async open(port: number, options: ConnectOptions = {}): Promise<ResponsesClient> {
    const client = await ResponsesClient.connect(port, options);
    if (typeof client === 'number') throw new Error(`the server answered ${client}`);
    return client;
  }

  /** How often the server asked whether we are still here. */
  get pings(): number {
    return this.#pings;
  }

  get socket(): WebSocket {
    return this.#socket;
  }

  send(message: unknown): void {
    this.#socket.send(typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message));
  }

  /** One turn: its events up to and with the one that ends it. */
  async turn(fields: Readonly<Record<string, unknown>>): Promise<readonly SocketEvent[]> {
    this.send({ type: 'response.create', model: 'gpt-6', ...fields });
    return await this.answer();
  }

  async answer(): Promise<readonly SocketEvent[]> {
    const events: SocketEvent[] = [];
    for (let event = await this.next(); ; event = await this.next()) {
      events.push(event);
      if (/^(?:error|response\.(?:completed|failed|incomplete))$/.test(event.type)) return events;
    }
  }

  async next(): Promise<SocketEvent> {
    for (;;) {
      const event = this.#events.shift();
      if (event) return event;
      if (this.#closed) throw new Error(`the connection closed (${this.#closed.code} ${this.#closed.reason})`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** How the connection ended. */
  async closed(): Promise<{ readonly code: number; readonly reason: string }> {
    while (!this.#closed) await once(this.#socket, 'close');
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate();
    await this.closed();
  }
}
