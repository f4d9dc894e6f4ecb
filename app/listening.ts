import type { Server } from 'node:http';

/** Another program listens where we should. */
export class PortTaken extends Error {
  constructor(host: string, port: number) {
    super(`Port ${port} on ${host} is taken by another program. Stop it, or choose another port with --port.`);
    this.name = 'PortTaken';
  }
}

export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortTaken(host, port) : error);
    });
    server.listen(port, host, () => resolve());
  });
}

/** The address we bind to is one we answer to, unless it stands for every address. */
export function ownNames(host: string): string[] {
  return host === '0.0.0.0' || host === '::' ? [] : [urlHost(host)];
}

/** Who listens everywhere is reached here by the loopback address. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
