import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Ranges in a form that is fast to ask; undefined when there are none. */
export function rangesOf(addresses: readonly string[]): BlockList | undefined {
  if (addresses.length === 0) return undefined;
  const ranges = new BlockList();
  for (const text of addresses) {
    const [address = '', bits] = text.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (bits === undefined) ranges.addAddress(address, family);
    else ranges.addSubnet(address, Number(bits), family);
  }
  return ranges;
}

/** What has no address, such as a pipe, is in no range. */
export function isWithin(ranges: BlockList, address: string | undefined): boolean {
  if (address === undefined) return false;
  // `fe80::1%eth0`: the interface is no part of the address.
  const [plain = ''] = address.split('%');
  if (isIPv4(plain)) return ranges.check(plain, 'ipv4');
  return isIPv6(plain) && ranges.check(plain, 'ipv6');
}
