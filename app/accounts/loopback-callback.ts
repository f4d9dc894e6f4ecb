import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { RelayError } from '../domain/errors.ts';
import type { OAuthEndpoints } from '../providers/oauth.ts';

/** What a browser brought back. */
export interface BroughtBack {
  readonly code: string;
}

export interface Callback {
  readonly redirectUri: string;
  /** Resolves when the browser comes back with our state. Rejects with `RelayError` when its user said no. */
  readonly returned: Promise<BroughtBack>;
  close(): void;
}

type Loopback = OAuthEndpoints['loopback'];

/**
 * Waits for a browser on this computer. Nobody else can reach it, and who comes without the state that we sent out is
 * turned away and waited past. Throws `RelayError` when every port that the provider allows is taken.
 */
export async function awaitCallback(loopback: Loopback, isOurState: (state: string) => boolean): Promise<Callback> {
  const { promise: returned, resolve, reject } = Promise.withResolvers<BroughtBack>();
  // It may be refused before anybody waits for it.
  returned.catch(() => undefined);
  const answer = (message: IncomingMessage, response: ServerResponse) => {
    const query = queryOf(message, loopback.path);
    if (!query) return say(response, 404, pages.unknown);
    if (!isOurState(query.get('state') ?? '')) return say(response, 400, pages.foreign);
    const code = query.get('code');
    if (code) resolve({ code });
    else reject(new RelayError('request-invalid', refusal(query.get('error'))));
    return say(response, 200, code ? pages.done : pages.refused);
  };
  const { servers, port } = await listenAnywhere(loopback, answer);
  return {
    redirectUri: `http://${loopback.host}:${port}${loopback.path}`,
    returned,
    close: () => {
      for (const server of servers) {
        server.close();
        server.closeIdleConnections();
      }
    },
  };
}

function queryOf({ method, url }: IncomingMessage, path: string): URLSearchParams | undefined {
  const parsed = URL.parse(url ?? '', 'http://localhost');
  return method === 'GET' && parsed?.pathname === path ? parsed.searchParams : undefined;
}

/** Only words: whoever calls the address chooses them. */
function refusal(error: string | null): string {
  const word = error !== null && /^[a-z_]{1,40}$/.test(error) ? ` (${error})` : '';
  return `The sign-in was not allowed in the browser${word}. Start it again.`;
}

type Answer = (message: IncomingMessage, response: ServerResponse) => void;

async function listenAnywhere(
  { host, ports }: Loopback,
  answer: Answer,
): Promise<{ readonly servers: readonly Server[]; readonly port: number }> {
  for (const wanted of ports.length === 0 ? [0] : ports) {
    const server = await listen(answer, '127.0.0.1', wanted);
    const address = server?.address();
    if (!server || typeof address !== 'object' || address === null) continue;
    // Browsers may take `localhost` for either address. Where there is no IPv6, there is none to listen on.
    const second = host === 'localhost' ? await listen(answer, '::1', address.port) : undefined;
    return { servers: second ? [server, second] : [server], port: address.port };
  }
  const taken = ports.join(' and ');
  throw new RelayError(
    'request-invalid',
    `The provider sends the browser back to port ${taken} of this computer, which another program has taken. Close the other sign-in, or use --paste.`,
  );
}

/** Undefined when the port is taken, or the address is not there. */
function listen(answer: Answer, host: string, port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer({ requestTimeout: 10_000 }, answer);
    server.once('error', () => resolve(undefined));
    server.listen({ host, port }, () => resolve(server));
  });
}

const pages = {
  done: 'Signed in. You can close this page and go back to Waystation.',
  refused: 'The sign-in was not allowed. You can close this page.',
  foreign: 'This is not the sign-in that Waystation waits for. Start it again.',
  unknown: 'There is nothing here.',
} as const;

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  response.end(`<!doctype html><title>Waystation</title><p>${text}</p>\n`);
}
