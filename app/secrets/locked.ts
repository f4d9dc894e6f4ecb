import { RelayError } from '../domain/errors.ts';
import { readMarker } from './key-marker.ts';
import { openVault, type VaultOptions } from './open.ts';
import { type Vault, VaultUnavailable } from './vault.ts';

/**
 * Where the key cannot be had, a vault that seals and opens nothing: for an owner who wants to see the rest. What is
 * sealed stays as it is. It fails as a pause does, not as a credential that was refused: accounts must not take harm.
 */
export async function openVaultOrNone(options: VaultOptions): Promise<Vault> {
  try {
    return await openVault(options);
  } catch (error) {
    if (!(error instanceof VaultUnavailable)) throw error;
    const marker = await readMarker(options.markers).catch(() => undefined);
    return lockedVault(marker?.backend ?? 'keychain', error);
  }
}

function lockedVault(backend: Vault['backend'], { happened }: VaultUnavailable): Vault {
  const refuse = (): never => {
    throw new RelayError('paused', `Waystation was started without its accounts. ${happened} Start it again.`);
  };
  return { backend, isLocked: true, seal: refuse, open: refuse, markerFor: async () => refuse() };
}
