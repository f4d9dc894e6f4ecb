import { createServer } from 'node:net';
import type { Config } from '../config.ts';
import type { Check } from '../server/diagnostics/check.ts';

const portTroubles: Readonly<Record<string, readonly [message: string, fix: string]>> = {
  EADDRINUSE: ['is taken by another program', 'stop it, or choose another port with --port'],
  EACCES: ['may not be used by you', 'choose one above 1023 with --port'],
  EADDRNOTAVAIL: ['cannot be used: the address is not one of this computer', 'choose another with --host'],
};

export async function checkPort({ host, port }: Config): Promise<Check> {
  const name = 'port';
  const code = await tryToListen(host, port);
  if (code === undefined) return { name, outcome: 'pass', message: port === 0 ? 'any free one' : `${port} is free` };
  const [message, fix] = portTroubles[code] ?? [`cannot be used (${code})`, 'choose another with --host and --port'];
  return { name, outcome: 'fail', message: `${port} on ${host} ${message}`, fix };
}

/** The error code, or undefined when it worked. */
function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
