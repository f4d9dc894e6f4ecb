import { networkInterfaces } from 'node:os';
import type * as z from 'zod';
import { ownAddresses } from '../../sharing/addresses.ts';
import { Authority, fingerprintOf } from '../../sharing/authority.ts';
import { reach } from '../../sharing/reachability.ts';
import {
  problemWith,
  readSharing,
  readStored,
  type SharingSettings,
  sharingFields,
  sharingSetting,
  urlsOf,
} from '../../sharing/settings.ts';
import type { AddressStanding } from '../../sharing/standing.ts';
import { joinPaths } from '../join/contract.ts';
import { sharingRoutes } from './contract-sharing.ts';
import { AdminError } from './errors.ts';
import { operation, parseInput } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'settings' | 'vault' | 'live' | 'ports'>;

export function sharingOperations(parts: Parts) {
  const { settings, live } = parts;
  return {
    showSharing: operation(sharingRoutes.showSharing, () => shown(parts)),
    changeSharing: operation(sharingRoutes.changeSharing, async (patch) => {
      const wanted = { ...(await readSharing(settings)), ...patch };
      const next = parseInput(sharingFields, {
        ...wanted,
        publicUrl: wanted.publicUrl ?? undefined,
        localName: wanted.localName ?? undefined,
      });
      const problem = problemWith(next);
      if (problem !== undefined) throw new AdminError('request-invalid', problem);
      await settings.set(sharingSetting, JSON.stringify(next));
      await live?.sharing().current.reload();
      // An address that could not be had is tried again by who asks for the same once more.
      await live?.sharing().listeners.recheck();
      return await shown(parts);
    }),
    checkSharing: operation(sharingRoutes.checkSharing, async () => {
      const sharing = await readSharing(settings);
      const isOwn = sharing.encryption === 'own-authority';
      const ca = isOwn ? await authorityOf(parts).certificate() : undefined;
      const urls = sharing.isOn ? urlsOf({ ...sharing, publicUrl: proxied(sharing) }, standingsOf(parts)) : [];
      const checks = await Promise.all(urls.map((url) => reach(url, joinPaths.host, ca)));
      return { platform: platforms[process.platform] ?? ('other' as const), checks };
    }),
  };
}

const platforms: Readonly<Record<string, 'linux' | 'mac' | 'windows'>> = {
  linux: 'linux',
  darwin: 'mac',
  win32: 'windows',
};

function authorityOf({ settings, vault, ports }: Parts): Authority {
  return new Authority({ settings, vault, clock: ports.clock });
}

function standingsOf({ live }: Parts): readonly AddressStanding[] {
  return live?.sharing().listeners.standings() ?? [];
}

/** Behind a proxy nobody else is let in, ourselves neither. */
function proxied({ encryption, publicUrl }: SharingSettings): string | undefined {
  return encryption === 'proxy' ? publicUrl : undefined;
}

async function shown(parts: Parts): Promise<z.input<typeof sharingRoutes.showSharing.output>> {
  const { sharing, isBroken } = await readStored(parts.settings);
  const certificate = await authorityOf(parts).certificate();
  const localNameProblem = parts.live?.sharing().localName.problem;
  return {
    ...sharing,
    ...(localNameProblem !== undefined && { localNameProblem }),
    isUnreadable: isBroken,
    addresses: [...sharing.addresses],
    names: [...sharing.names],
    proxies: [...sharing.proxies],
    standings: standingsOf(parts).map((standing) => ({
      ...standing,
      url: urlOf(sharing, standing),
    })),
    ...(certificate !== undefined && { authority: { certificate, fingerprint: fingerprintOf(certificate) } }),
    available: ownAddresses(networkInterfaces()),
  };
}

function urlOf({ encryption }: SharingSettings, { address, port }: AddressStanding): string | undefined {
  if (port === undefined) return undefined;
  const host = address.includes(':') ? `[${address}]` : address;
  return `${encryption === 'own-authority' ? 'https' : 'http'}://${host}:${port}`;
}
