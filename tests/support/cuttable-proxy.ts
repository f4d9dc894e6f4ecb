import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CuttableProxy {
  readonly port: number;
  /** Resets every connection, and every new one, until `mend`. What was held is lost. */
  cut(): void;
  /** The server hears everything, and nobody hears the server until `mend`. */
  holdAnswers(): void;
  mend(): void;
  close(): Promise<void>;
}

/** A TCP proxy in front of a server, to take the server away without stopping it. */
export async function startCuttableProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<CuttableProxy> {
  const open = new Set<Socket>();
  const answering = new Map<Socket, Socket>();
  let isCut = false;
  let isHeld = false;
  const server = createServer((client) => {
    if (isCut) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(target.port, target.host);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        open.delete(socket);
        answering.delete(upstream);
      });
    }
    answering.set(upstream, client);
    client.pipe(upstream);
    if (!isHeld) upstream.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cutAll = () => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    port: portOf(server.address()),
    cut() {
      isCut = true;
      cutAll();
    },
    holdAnswers() {
      isHeld = true;
      for (const [upstream, client] of answering) upstream.unpipe(client);
    },
    mend() {
      isCut = false;
      if (isHeld) for (const [upstream, client] of answering) upstream.pipe(client);
      isHeld = false;
    },
    async close() {
      cutAll();
      server.close();
      await once(server, 'close');
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The proxy does not listen on a port');
  return address.port;
}
