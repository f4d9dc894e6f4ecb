import { connect, isIP, isIPv6, type Socket } from 'node:net';
import { describeTrouble } from '../network-trouble.ts';
import { proxyPlace, type TunnelTarget } from './target.ts';

// RFC 1928 and, for the user name and password, RFC 1929.
const version = 5;
const byPassword = 2;
const noMethod = 0xff;
const passwordVersion = 1;
const connectCommand = 1;
const kinds = { ipv4: 1, name: 3, ipv6: 4 } as const;

const replies: Readonly<Record<number, string>> = {
  2: 'its rules forbid this connection',
  3: 'network unreachable',
  4: 'host unreachable',
  5: 'connection refused',
  6: 'connection timed out',
};

/** Asks a SOCKS5 proxy for a connection to the target. Rejects with a sentence's end: "the proxy …". */
export async function openSocks5Tunnel(proxy: URL, target: TunnelTarget, connectMs: number): Promise<Socket> {
  const socket = connect(proxyPlace(proxy, 1080));
  const timer = setTimeout(() => socket.destroy(new Error('no answer in time')), connectMs);
  const reader = new SocketReader(socket);
  try {
    await authenticate(socket, reader, proxy);
    socket.write(Buffer.from([version, connectCommand, 0, ...addressBytes(target.host), ...portBytes(target.port)]));
    await readReply(reader);
    reader.release();
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function authenticate(socket: Socket, reader: SocketReader, { username, password }: URL): Promise<void> {
  const methods = username === '' ? [0] : [0, byPassword];
  socket.write(Buffer.from([version, methods.length, ...methods]));
  const [spoken, method = noMethod] = await reader.read(2);
  if (spoken !== version) throw new Error('the proxy does not speak SOCKS5');
  if (!methods.includes(method)) throw new Error('the proxy wants another sign-in than it was given');
  if (method !== byPassword) return;
  socket.write(Buffer.from([passwordVersion, ...textBytes(username), ...textBytes(password)]));
  const [, refused] = await reader.read(2);
  if (refused !== 0) throw new Error('the proxy refused its user name or password');
}

/** The address that the proxy connected from is of no use, but has to be read. */
async function readReply(reader: SocketReader): Promise<void> {
  const [, code = 1, , kind] = await reader.read(4);
  if (code !== 0) throw new Error(`the proxy could not connect (${replies[code] ?? `SOCKS reply ${code}`})`);
  const length = kind === kinds.ipv4 ? 4 : kind === kinds.ipv6 ? 16 : ((await reader.read(1))[0] ?? 0);
  await reader.read(length + 2);
}

function addressBytes(host: string): readonly number[] {
  if (isIP(host) === 0) return [kinds.name, ...lengthAndBytes(Buffer.from(host))];
  if (isIPv6(host)) return [kinds.ipv6, ...ipv6Bytes(host)];
  return [kinds.ipv4, ...host.split('.').map(Number)];
}

/** The URL parser has written it in its shortest form. */
function ipv6Bytes(host: string): readonly number[] {
  const [head = '', tail = ''] = host.split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail.split(':').filter(Boolean);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].flatMap((group) => portBytes(Number.parseInt(group, 16)));
}

function portBytes(port: number): readonly number[] {
  return [port >> 8, port & 0xff];
}

function textBytes(encoded: string): readonly number[] {
  return lengthAndBytes(Buffer.from(decodeURIComponent(encoded)));
}

function lengthAndBytes(bytes: Buffer): readonly number[] {
  if (bytes.length > 0xff) throw new Error('the proxy cannot be given a text of more than 255 bytes');
  return [bytes.length, ...bytes];
}

/** Reads exact lengths from a socket, and gives what is left over back to it. */
class SocketReader {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #failure: Error | undefined;
  #wake: () => void = () => undefined;
  readonly #onData = (chunk: Buffer) => {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    this.#wake();
  };
  readonly #onError = (error: Error) => {
    this.#failure ??= new Error(`the proxy cannot be reached (${describeTrouble(error)})`);
  };
  readonly #onClose = () => {
    this.#failure ??= new Error('the proxy broke off the connection');
    this.#wake();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#onData).on('error', this.#onError).on('close', this.#onClose);
  }

  async read(length: number): Promise<Buffer> {
    while (this.#bytes.length < length) {
      if (this.#failure) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const bytes = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return bytes;
  }

  release(): void {
    this.#socket.off('data', this.#onData).off('close', this.#onClose).pause();
    if (this.#bytes.length > 0) this.#socket.unshift(this.#bytes);
  }
}
