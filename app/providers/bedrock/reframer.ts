import { parseJson, textMember } from '../../protocols/json-value.ts';
import { ReframeError, type Reframer } from '../provider.ts';
import { streamErrorType } from './errors.ts';
import { type EventStreamMessage, EventStreamReader } from './event-stream.ts';

const nothing = Buffer.alloc(0);

/** AWS event-stream messages as the server-sent events that they hold. */
export class BedrockReframer implements Reframer {
  readonly hasOwnType = true;
  readonly #reader = new EventStreamReader((message) => this.#take(message));
  #events: string[] = [];
  #hasFailed = false;
  #broken: unknown;

  /** What came before a broken message is passed on; the next call then throws. */
  push(chunk: Uint8Array): Uint8Array {
    if (this.#broken) throw this.#broken;
    if (this.#hasFailed) return nothing;
    try {
      this.#reader.push(chunk);
    } catch (error) {
      if (this.#events.length === 0) throw error;
      this.#broken = error;
    }
    return this.#passOn();
  }

  end(): Uint8Array {
    if (this.#broken) throw this.#broken;
    if (!this.#hasFailed) this.#reader.end();
    return nothing;
  }

  #passOn(): Uint8Array {
    const [only] = this.#events;
    if (only === undefined) return nothing;
    const text = this.#events.length === 1 ? only : this.#events.join('');
    this.#events = [];
    return Buffer.from(text);
  }

  #take({ headers, payload }: EventStreamMessage): void {
    if (this.#hasFailed) return;
    switch (headers.get(':message-type')) {
      case 'event':
        if (headers.get(':event-type') === 'chunk') this.#takeChunk(payload);
        return; // new kinds of events are not for clients of this protocol
      case 'exception':
        this.#fail(headers.get(':exception-type') ?? '', textMember(parseJson(payload.toString()), 'message'));
        return;
      case 'error':
        this.#fail(headers.get(':error-code') ?? '', headers.get(':error-message'));
        return;
      default: // nothing that AWS has a name for
    }
  }

  /** The payload's other field is padding, which hides the event's length. */
  #takeChunk(payload: Buffer): void {
    const bytes = textMember(parseJson(payload.toString()), 'bytes');
    if (bytes === undefined) throw new ReframeError('a chunk has no bytes');
    const text = Buffer.from(bytes, 'base64').toString();
    const event = parseJson(text);
    if (event === undefined) throw new ReframeError('a chunk is not JSON');
    const type = textMember(event, 'type');
    // Events without a type are Bedrock's own, such as metrics; a name that could end the line is none.
    if (type !== undefined && /^[\w.-]+$/.test(type)) this.#events.push(frameOf(type, text));
  }

  #fail(exception: string, message: string | undefined): void {
    this.#hasFailed = true;
    const said = message ?? 'Amazon Bedrock broke off the answer.';
    const error = { type: 'error', error: { type: streamErrorType(exception), message: said } };
    this.#events.push(frameOf('error', JSON.stringify(error)));
  }
}

/** Each line of the data is a line of its own; between tokens of JSON a line break means nothing. */
function frameOf(event: string, text: string): string {
  const lines = /[\r\n]/.test(text) ? text.split(/\r\n|\r|\n/).join('\ndata: ') : text;
  return `event: ${event}\ndata: ${lines}\n\n`;
}
