import type { Request, Response } from 'express';
import type { Clock } from '../../domain/clock.ts';
import { AdminError } from './errors.ts';
import { type FeedMessage, type LiveFeed, resetMessage } from './live-feed.ts';

export interface StreamDeps {
  readonly clock: Clock;
  readonly feed: LiveFeed;
  /** Asked again and again: a session may end or lock while its stream is open. */
  standing(): 'open' | 'locked' | 'signed-out';
}

const heartbeatMs = 10_000;
/** What a slow reader may have unread; beyond it hears nothing until it has caught up, and then begins anew. */
const maxUnreadBytes = 256 * 1024;

/** One open stream of events. */
export function openEventStream(deps: StreamDeps, request: Request, response: Response): void {
  const stream = new EventStream(deps, response);
  const leave = deps.feed.listen(stream, request.get('last-event-id'));
  if (!leave) throw new AdminError('unavailable', 'Too many pages listen already. Close one of them.');
  response.on('close', () => {
    leave();
    stream.stop();
  });
}

class EventStream {
  readonly #deps: StreamDeps;
  readonly #response: Response;
  #isBehind = false;
  #unheardBeats = 0;
  #cancelBeat: () => void;

  constructor(deps: StreamDeps, response: Response) {
    this.#deps = deps;
    this.#response = response;
    this.#cancelBeat = deps.clock.after(heartbeatMs, () => this.#beat());
  }

  receive(messages: readonly FeedMessage[]): void {
    if (!this.#response.headersSent) this.#begin();
    if (!this.#isAllowed() || this.#isBehind) return;
    this.#response.write(messages.map(encode).join(''));
    if (this.#response.writableLength <= maxUnreadBytes) return;
    this.#isBehind = true;
    this.#response.once('drain', () => {
      this.#isBehind = false;
      this.#unheardBeats = 0;
      this.#response.write(encode(resetMessage));
    });
  }

  close(): void {
    this.#response.end();
  }

  stop(): void {
    this.#cancelBeat();
  }

  #begin(): void {
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
    });
    this.#response.write('retry: 2000\n\n');
  }

  #beat(): void {
    this.#cancelBeat = this.#deps.clock.after(heartbeatMs, () => this.#beat());
    if (!this.#isAllowed()) return;
    if (!this.#isBehind) {
      this.#response.write(': still here\n\n');
      return;
    }
    this.#unheardBeats += 1;
    if (this.#unheardBeats >= 3) this.#response.destroy();
  }

  #isAllowed(): boolean {
    const standing = this.#deps.standing();
    if (standing === 'open') return true;
    this.stop();
    if (!this.#response.writableEnded) {
      this.#response.end(encode({ id: '', name: 'ended', data: { reason: standing } }));
    }
    return false;
  }
}

function encode({ id, name, data }: FeedMessage): string {
  const head = id === '' ? '' : `id: ${id}\n`;
  return `${head}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
