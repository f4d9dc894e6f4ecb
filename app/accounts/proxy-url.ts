import * as z from 'zod';
import { checkUpstreamAddress } from './upstream-address.ts';

/** The whole address of a proxy, which may hold a password: a secret. */
export const proxyUrl = z
  .string('must be text')
  .max(2_048, 'is too long')
  .refine(isProxyUrl, 'must be an address such as socks5://127.0.0.1:1080 or http://user:password@host:3128');

function isProxyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, search, username, password } = new URL(text);
  if (!isDecodable(username) || !isDecodable(password)) return false;
  if (!proxyProtocols.has(protocol) || hostname === '' || pathname.length > 1 || search !== '') return false;
  // A proxy is mostly on this computer; a cloud machine's metadata is none (A17).
  return checkUpstreamAddress(`http://${hostname}`, { allowLocal: true }).allowed;
}

/** With SOCKS5 the proxy is given names wherever that is safe, whichever way it is written. */
const proxyProtocols: ReadonlySet<string> = new Set(['http:', 'https:', 'socks5:', 'socks5h:']);

/** The connection would fail on it much later, with an error that nobody understands. */
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
