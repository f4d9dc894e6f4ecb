import { isIP, type Socket } from 'node:net';
import { buildConnector } from 'undici';
import { findAddress, type LookupRules } from '../address-lookup.ts';
import { NotConnected } from '../network-trouble.ts';
import { openHttpTunnel } from './http.ts';
import { openSocks5Tunnel } from './socks5.ts';
import type { TunnelTarget } from './target.ts';

export interface TunnelOptions extends LookupRules {
  readonly connectMs: number;
  /** The only authority that is trusted at the end of the tunnel. */
  readonly ca?: string | undefined;
}

type Wanted = Pick<buildConnector.Options, 'hostname' | 'protocol' | 'port'>;

/** Connections that lead through a proxy, with TLS to the upstream itself inside. */
export function tunnelConnector(proxy: URL, options: TunnelOptions): buildConnector.connector {
  // NOTE: resuming TLS sessions would let an upstream choose bytes that a later, rebound connection begins with.
  const secure = buildConnector({
    timeout: options.connectMs,
    maxCachedSessions: 0,
    ...(options.ca !== undefined && { ca: options.ca }),
  });
  return (wanted, callback) => {
    open(proxy, wanted, options).then(
      (socket) => (isSecure(wanted) ? secure({ ...wanted, httpSocket: socket }, callback) : callback(null, socket)),
      (error: Error) => callback(new NotConnected(error), null),
    );
  };
}

async function open(proxy: URL, wanted: Wanted, options: TunnelOptions): Promise<Socket> {
  const port = Number(wanted.port || (isSecure(wanted) ? 443 : 80));
  const target: TunnelTarget = { host: await targetHost(wanted, options), port };
  const socket = await openThrough(proxy, target, options.connectMs);
  return socket.setNoDelay(true).setKeepAlive(true, 60_000);
}

/** Asks a proxy of either kind for a connection. */
export function openThrough(proxy: URL, target: TunnelTarget, connectMs: number): Promise<Socket> {
  const open = proxy.protocol.startsWith('socks5') ? openSocks5Tunnel : openHttpTunnel;
  return open(proxy, target, connectMs);
}

/**
 * The name is looked up here first, and refused when it leads to where the account may not go (A17). Over TLS the proxy
 * then gets the name: its certificate says who answers, whatever address the proxy finds. People have a proxy because
 * their own resolver lies or knows no outside names, and proxies choose their way by names. Without TLS nothing but the
 * address says who answers, so the proxy gets the very address that was checked.
 */
export async function targetHost(wanted: Wanted, rules: LookupRules): Promise<string> {
  const { hostname } = wanted;
  if (isIP(hostname) !== 0) return hostname; // checked with the request
  const address = await findAddress(hostname, rules);
  if (isSecure(wanted)) return hostname;
  if (address !== undefined) return address;
  throw new Error('its name does not resolve on this computer, and only an https address may be left to a proxy');
}

function isSecure({ protocol }: Wanted): boolean {
  return protocol === 'https:';
}
