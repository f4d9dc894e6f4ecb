import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { isAllowedAddress } from './upstream-address.ts';

/** Every address of a name, as `dns.lookup` finds them. */
export type LookupAll = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface LookupRules {
  readonly allowLocal: boolean;
  readonly lookup: LookupAll;
}

export const lookupOfSystem: LookupAll = (hostname, options, callback) => systemLookup(hostname, options, callback);

/** A resolver that does not answer does not hold a connection up for longer; who asks then knows no address. */
const maxLookupMs = 3_000;

/** Resolves a name and refuses it when any of its addresses is one the account may not reach (DNS rebinding, A17). */
export function checkedLookup(rules: LookupRules): LookupFunction {
  return (hostname, options, callback) => {
    rules.lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const refusal = refusalOf(addresses, rules);
      if (refusal) return callback(refusal, '', 0);
      if (options.all) return callback(null, addresses);
      const [first] = addresses;
      callback(null, first?.address ?? '', first?.family ?? isIP(first?.address ?? ''));
    });
  };
}

/** The checked address of a name; undefined when it has none here. Rejects when any of its addresses is refused. */
export function findAddress(hostname: string, rules: LookupRules): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, maxLookupMs, undefined);
    rules.lookup(hostname, { all: true }, (error, addresses) => {
      clearTimeout(timer);
      const refusal = error ? undefined : refusalOf(addresses, rules);
      if (refusal) reject(refusal);
      else resolve(error ? undefined : addresses[0]?.address);
    });
  });
}

function refusalOf(addresses: readonly LookupAddress[], { allowLocal }: LookupRules): Error | undefined {
  const isRefused = addresses.some(({ address }) => !isAllowedAddress(address, allowLocal));
  return isRefused ? new Error('its name resolves to a local address') : undefined;
}
