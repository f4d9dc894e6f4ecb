import type { IncomingMessage } from 'node:http';

// What a browser tells of the page that asks. The relay's edge has checked `Host` by now, so that an origin equal to it
// is one of our own pages.

/** Sent with every unsafe request that rides on a cookie: a foreign page cannot add it. */
const csrfHeader = 'x-waystation-csrf';

/** Whether a page that is not ours asks, or may have: nothing is done or shown for it. */
export function isForeignPage(request: IncomingMessage): boolean {
  const { origin } = request.headers;
  return (origin !== undefined && !isOwnPage(request)) || isFromElsewhere(request);
}

/** Whether our own page asks to change something; for what only looks it is enough not to be a foreign one. */
export function mayChange(request: IncomingMessage): boolean {
  return isSafe(request) || (isOwnPage(request) && request.headers[csrfHeader] === '1');
}

export function isSafe({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Browsers share cookies between the ports of one host: two relays on a computer must not sign each other out. */
export function portOf({ headers }: IncomingMessage): string {
  return /:(\d+)$/.exec(headers.host ?? '')?.[1] ?? '80';
}

/** What the browser sent under this name. */
export function cookieOf({ headers }: IncomingMessage, name: string): string | undefined {
  const pairs = headers.cookie?.split(';').map((pair) => pair.trim()) ?? [];
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

export function isEncrypted({ socket }: IncomingMessage): boolean {
  return 'encrypted' in socket && socket.encrypted === true;
}

function isOwnPage({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin !== undefined && host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

/** Browsers tell it with images and links too, which bring no origin. Another port of this computer is elsewhere as well. */
function isFromElsewhere({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
