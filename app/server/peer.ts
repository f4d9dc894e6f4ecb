import type { IncomingMessage } from 'node:http';
import { type BlockList, isIP } from 'node:net';
import { isWithin } from '../keys/addresses.ts';
import { isLoopbackAddress, plainAddress } from './gate.ts';
import { isEncrypted } from './own-page.ts';

/** Who is at the other end. */
export interface Peer {
  readonly address: string | undefined;
  /** Whether that is this computer itself. */
  readonly isLoopback: boolean;
}

export type PeerOf = (request: IncomingMessage) => Peer;

/** By the socket alone: whatever a request says of where it comes from, anybody can write (B16). */
export function directPeer({ socket }: IncomingMessage): Peer {
  return { address: plainAddress(socket.remoteAddress), isLoopback: isLoopbackAddress(socket.remoteAddress) };
}

/**
 * By the socket, where that can tell anything: on a listener that is bound to this computer everybody is from here, and to
 * ask the system for the address costs more than all else that is done for a connection.
 */
export function peerAt(host: string): PeerOf {
  if (!isLoopbackAddress(host)) return directPeer;
  const peer = { address: host, isLoopback: true };
  return () => peer;
}

/** On the listener for other computers nobody is from here; a proxy that its owner named says for whom it speaks. */
export function sharedPeer(proxies: BlockList | undefined): PeerOf {
  return (request) => {
    const { address } = directPeer(request);
    const isProxy = proxies !== undefined && isWithin(proxies, address);
    return { address: isProxy ? forwardedFor(request, proxies, address) : address, isLoopback: false };
  };
}

/** Each proxy adds whom it heard, at the end: what is left of the first stranger was written by that stranger. */
function forwardedFor(request: IncomingMessage, proxies: BlockList, address: string | undefined): string | undefined {
  const heard = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  let last = address;
  for (const entry of heard.toReversed()) {
    const named = plainAddress(entry.trim().replace(/^\[(.*)\]$/, '$1'));
    if (named === undefined || isIP(named) === 0) return last;
    last = named;
    if (!isWithin(proxies, named)) return last;
  }
  return last;
}

/** How a request to one of our pages came. */
export interface Seen {
  addressOf(request: IncomingMessage): string | undefined;
  isEncrypted(request: IncomingMessage): boolean;
}

export const seenDirectly: Seen = { addressOf: (request) => directPeer(request).address, isEncrypted };

/** Past a proxy that the owner named: nobody else comes in then, so its word is good. */
export function seenBy(peerOf: PeerOf, hasProxy: () => boolean): Seen {
  return {
    addressOf: (request) => peerOf(request).address,
    isEncrypted: (request) => (hasProxy() ? request.headers['x-forwarded-proto'] === 'https' : isEncrypted(request)),
  };
}
