import { BlockList, isIP } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

/** An address of this computer that others may be able to reach. */
export interface OwnAddress {
  readonly interfaceName: string;
  readonly address: string;
  /** Reachable from the internet, as far as its range tells. */
  readonly isPublic: boolean;
}

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

const home = new BlockList();
home.addSubnet('10.0.0.0', 8, 'ipv4');
home.addSubnet('100.64.0.0', 10, 'ipv4');
home.addSubnet('127.0.0.0', 8, 'ipv4');
home.addSubnet('169.254.0.0', 16, 'ipv4');
home.addSubnet('172.16.0.0', 12, 'ipv4');
home.addSubnet('192.168.0.0', 16, 'ipv4');
home.addSubnet('fc00::', 7, 'ipv6');
home.addAddress('::1', 'ipv6');

/** Addresses that stand for this computer alone, and link-local ones of IPv6, which need a zone, are of no use to others. */
export function ownAddresses(interfaces: Interfaces): OwnAddress[] {
  return Object.entries(interfaces).flatMap(([interfaceName, found = []]) =>
    found
      .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
      .map(({ address }) => ({ interfaceName, address, isPublic: isPublicAddress(address) })),
  );
}

/** Also "every address": nobody chose that one. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  return version === 0 || !home.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

/** Whether this computer has it now; all of 127.0.0.0/8 is always there. */
export function isPresent(address: string, interfaces: Interfaces): boolean {
  if (address.startsWith('127.') || address === '::1') return true;
  return Object.values(interfaces).some((found) => found?.some((one) => one.address === address));
}
