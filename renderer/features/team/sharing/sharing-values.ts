import type { Input, Output } from '../../../../app/server/admin/contract.ts';

type Sharing = Output<'showSharing'>;

/** What the form holds. */
export interface SharingValues {
  readonly addresses: readonly string[];
  readonly names: string;
  readonly port: string;
  readonly encryption: Sharing['encryption'];
  readonly proxies: string;
  readonly publicUrl: string;
  readonly localName: string;
  readonly allowPublic: boolean;
}

export function valuesOf(sharing: Sharing): SharingValues {
  const { names, port, encryption, proxies, publicUrl, localName, allowPublic } = sharing;
  // Most computers have one address that is meant.
  const homes = sharing.available.filter(({ isPublic }) => !isPublic);
  const first = homes.length === 1 ? homes.map(({ address }) => address) : [];
  return {
    addresses: sharing.addresses.length > 0 ? [...sharing.addresses] : first,
    names: names.join('\n'),
    port: String(port),
    encryption,
    proxies: proxies.length > 0 ? proxies.join('\n') : '127.0.0.1',
    publicUrl: publicUrl ?? '',
    localName: localName ?? '',
    allowPublic,
  };
}

export function changeOf(values: SharingValues): Input<'changeSharing'> {
  const { addresses, names, port, encryption, proxies, publicUrl, localName, allowPublic } = values;
  return {
    ...{ isOn: true, addresses: [...addresses], names: linesOf(names), port: Number(port), encryption, allowPublic },
    proxies: encryption === 'proxy' ? linesOf(proxies) : [],
    publicUrl: publicUrl.trim() === '' ? null : publicUrl.trim().replace(/\/$/, ''),
    localName:
      localName
        .trim()
        .toLowerCase()
        .replace(/\.local\.?$/, '') || null,
  };
}

function linesOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((line) => line !== '');
}

/** What can be chosen: addresses that are there, those that were chosen before, and this computer's own for a proxy. */
export function offered(sharing: Sharing, encryption: Sharing['encryption']) {
  const there = sharing.available.map((one) => ({ ...one, isThere: true }));
  const known = new Set(there.map(({ address }) => address));
  const own = encryption === 'proxy' ? ['127.0.0.1'] : [];
  const others = [...new Set([...sharing.addresses, ...own])].filter((address) => !known.has(address));
  return [
    ...there,
    ...others.map((address) => ({ interfaceName: '', address, isPublic: false, isThere: address.startsWith('127.') })),
  ];
}
