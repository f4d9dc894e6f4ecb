/** Whom this relay may be addressed as. Exact spellings: nothing is normalised, so nothing can be confused. */
export interface AllowedNames {
  /** `Host` values, such as `127.0.0.1:8484`. */
  readonly hosts: ReadonlySet<string>;
  /** `Origin` values, such as `http://127.0.0.1:8484`. */
  readonly origins: ReadonlySet<string>;
}

export interface Knock {
  readonly method: string;
  /** The request target as it came. */
  readonly url: string;
  readonly rawHeaders: readonly string[];
}

export type Entry =
  | { readonly isOpen: true; readonly path: string; readonly query: string }
  | { readonly isOpen: false; readonly status: 400 | 403 | 405 | 421 | 431; readonly reason: string };

const maxHeaders = 100;

/** Names for this computer on the port we listen on, and those its owner added. */
export function allowedNames(port: number, configured: readonly string[]): AllowedNames {
  const local = ['127.0.0.1', 'localhost', '[::1]'].map((name) => withPort(name, port));
  const added = configured.flatMap((name) => [name.toLowerCase(), withPort(name.toLowerCase(), port)]);
  const hosts = new Set([...local, ...added]);
  return { hosts, origins: new Set([...hosts].flatMap((host) => [`http://${host}`, `https://${host}`])) };
}

/** For other computers: the chosen names and addresses, and none of this computer's own. */
export function allowedShared({
  port,
  names,
  origin,
}: {
  readonly port: number;
  readonly names: readonly string[];
  readonly origin?: string | undefined;
}): AllowedNames {
  const own = names.map((name) => withPort(name.includes(':') ? `[${name}]` : name, port));
  const hosts = new Set([...own, ...(origin === undefined ? [] : [new URL(origin).host])]);
  return { hosts, origins: new Set([...hosts].flatMap((host) => [`http://${host}`, `https://${host}`])) };
}

/** The door for every request, before any route (reliability.md B01–B04, B08, P01). Trust is never derived from `Host`. */
export function knock(request: Knock, allowed: AllowedNames): Entry {
  const { rawHeaders } = request;
  if (rawHeaders.length > 2 * maxHeaders) return closed(431, 'too many headers');
  const seen = readGateHeaders(rawHeaders);
  if (seen.hosts.length !== 1) return closed(400, 'exactly one Host header is needed');
  const host = seen.hosts[0] ?? '';
  if (host === '' || /[\s@/\\]/.test(host)) return closed(400, 'the Host header is malformed');
  if (seen.transferEncoding !== undefined && seen.transferEncoding !== 'chunked') {
    return closed(400, 'the Transfer-Encoding is not one we take');
  }
  const target = splitTarget(request.url);
  if (!target || (target.authority !== undefined && target.authority !== host)) {
    return closed(400, 'the request target does not fit the Host header');
  }
  if (!allowed.hosts.has(host)) return closed(421, '');
  if (seen.origin !== undefined && !allowed.origins.has(seen.origin)) {
    return closed(403, 'requests from other web pages are refused');
  }
  if (request.method === 'TRACE' || request.method === 'CONNECT') return closed(405, 'this method is not served');
  return { isOpen: true, path: target.path, query: target.query };
}

/** Whether a socket's other end is this computer. */
export function isLoopbackAddress(address: string | undefined): boolean {
  const plain = plainAddress(address);
  return plain !== undefined && (plain === '::1' || plain.startsWith('127.'));
}

/** A socket for both versions calls an IPv4 address `::ffff:127.0.0.1`. */
export function plainAddress(address: string | undefined): string | undefined {
  return address?.startsWith('::ffff:') ? address.slice(7) : address;
}

function withPort(name: string, port: number): string {
  return port === 80 ? name : `${name}:${port}`;
}

function closed(status: 400 | 403 | 405 | 421 | 431, reason: string): Entry {
  return { isOpen: false, status, reason };
}

interface GateHeaders {
  readonly hosts: readonly string[];
  readonly origin: string | undefined;
  readonly transferEncoding: string | undefined;
}

function readGateHeaders(rawHeaders: readonly string[]): GateHeaders {
  const found: { host: string[]; origin: string[]; 'transfer-encoding': string[] } = {
    host: [],
    origin: [],
    'transfer-encoding': [],
  };
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    // The length lets most headers pass without a comparison.
    if (name.length !== 4 && name.length !== 6 && name.length !== 17) continue;
    const lower = name.toLowerCase();
    if (lower === 'host' || lower === 'origin' || lower === 'transfer-encoding') {
      found[lower].push(rawHeaders[index + 1] ?? '');
    }
  }
  return {
    hosts: found.host,
    origin: all(found.origin),
    transferEncoding: all(found['transfer-encoding'])?.toLowerCase(),
  };
}

function all(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : values.join(', ');
}

/** Origin form (`/path?query`) or absolute form (`http://host/path`); anything else is refused. */
function splitTarget(url: string) {
  // Nearly every target is in origin form, and the search costs more than all the rest here.
  const absolute = url.startsWith('/') ? null : /^https?:\/\/([^/?#]*)(.*)$/i.exec(url);
  const rest = absolute ? (absolute[2] ?? '') || '/' : url;
  if (rest !== '*' && !rest.startsWith('/')) return undefined;
  const mark = rest.indexOf('?');
  return {
    authority: absolute?.[1],
    path: mark < 0 ? rest : rest.slice(0, mark),
    query: mark < 0 ? '' : rest.slice(mark),
  };
}
