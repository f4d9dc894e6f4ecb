import { crc32 } from 'node:zlib';
import { member, parseJson, textMember } from '../json-value.ts';
import type { ByteFilter } from '../protocol.ts';
import { type Frame, FrameReader, frameText } from '../sse.ts';
import { streamExceptionOf } from './errors.ts';

/** As much as is kept of any stream; no event of a conversation comes near it. */
const maxEventBytes = 1024 * 1024;

/** Server-sent events as messages of an AWS event stream, each with both of its checksums. */
export class EventStreamFramer implements ByteFilter {
  readonly #frames = new FrameReader((frame) => this.#take(frame), maxEventBytes);
  #messages: Buffer[] = [];

  push(chunk: Uint8Array): Uint8Array {
    this.#frames.push(chunk);
    return this.#passOn();
  }

  /** An event that no blank line ended is none. */
  end(): Uint8Array {
    return this.#passOn();
  }

  #passOn(): Uint8Array {
    const [first] = this.#messages;
    const joined = this.#messages.length === 1 && first ? first : Buffer.concat(this.#messages);
    this.#messages = [];
    return joined;
  }

  #take(frame: Frame): void {
    if (frame.isCut) {
      this.#messages.push(exceptionOf(undefined, 'An event of the answer was too large.'));
    } else if (frame.event === 'error') {
      // Where the upstream broke off inside an event, its unfinished lines stand in front.
      const error = member(parseJson(frameText(frame).split('\n').at(-1) ?? ''), 'error');
      this.#messages.push(exceptionOf(textMember(error, 'type'), textMember(error, 'message') ?? ''));
    } else {
      this.#messages.push(chunkOf(frame.bytes.subarray(frame.start, frame.end)));
    }
  }
}

function chunkOf(event: Buffer): Buffer {
  return messageOf(chunkHeaders, `{"bytes":"${event.toString('base64')}"}`);
}

function exceptionOf(type: string | undefined, message: string): Buffer {
  const headers = headerBytes({
    ':exception-type': streamExceptionOf(type),
    ':content-type': 'application/json',
    ':message-type': 'exception',
  });
  return messageOf(headers, JSON.stringify({ message }));
}

function messageOf(headers: Buffer, payload: string): Buffer {
  const length = 16 + headers.length + Buffer.byteLength(payload);
  const message = Buffer.allocUnsafe(length);
  message.writeUInt32BE(length, 0);
  message.writeUInt32BE(headers.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  headers.copy(message, 12);
  message.write(payload, 12 + headers.length);
  message.writeUInt32BE(crc32(message.subarray(0, length - 4)), length - 4);
  return message;
}

/** Name and value, each after its length; 7 is the type of text. */
function headerBytes(headers: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [
      Buffer.from([name.length]),
      Buffer.from(name),
      Buffer.from([7, value.length >> 8, value.length & 0xff]),
      Buffer.from(value),
    ]),
  );
}

const chunkHeaders = headerBytes({
  ':event-type': 'chunk',
  ':content-type': 'application/json',
  ':message-type': 'event',
});
