import { endOf } from '../../keys/key.ts';
import type { TopUp } from '../../keys/top-up.ts';
import { type Output, routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'topUps' | 'keyRepository' | 'ports'>;

export function topUpOperations(parts: Parts) {
  const { topUps, keyRepository: keys, ports } = parts;
  return {
    listTopUps: operation(routes.listTopUps, async ({ state, keyId }) => {
      const names = await namesOf(parts);
      return (await topUps.list())
        .filter(({ redeemedBy }) => keyId === undefined || redeemedBy === keyId)
        .map((topUp) => toWire(topUp, ports.clock.now(), names))
        .filter((one) => state === undefined || one.state === state);
    }),
    createTopUps: operation(routes.createTopUps, async (input) => {
      const issued = await topUps.createAll(input);
      return issued.map(({ topUp, code }) => ({ ...toWire(topUp, ports.clock.now()), code }));
    }),
    redeemTopUp: operation(routes.redeemTopUp, async ({ code, keyId }) => {
      const before = await keys.find(keyId);
      if (!before || before.removedAt !== undefined) {
        throw new AdminError('not-found', 'There is no such key. See which there are with: waystation key list');
      }
      const { topUp, key } = await topUps.redeem(code, keyId);
      const names = new Map([[key.id, key.name]]);
      return { topUp: toWire(topUp, ports.clock.now(), names), keyExpiresAt: endOf(key) };
    }),
    disableTopUp: operation(routes.disableTopUp, async ({ id }) => {
      const topUp = await topUps.disable(id);
      if (!topUp) {
        throw new AdminError('not-found', 'There is no such code. See which there are with: waystation topup list');
      }
      if (topUp.redeemedAt !== undefined) {
        const message = 'This code is redeemed already; what it granted stays. To take it back, lower the key’s limit.';
        throw new AdminError('conflict', message);
      }
      return toWire(topUp, ports.clock.now());
    }),
  };
}

/** Also of keys in the trash. */
async function namesOf({ keyRepository: keys }: Parts): Promise<ReadonlyMap<string, string>> {
  return new Map([...(await keys.list()), ...(await keys.listTrash())].map(({ id, name }) => [id, name]));
}

function toWire(topUp: TopUp, now: number, names: ReadonlyMap<string, string> = new Map()) {
  const { redeemedBy } = topUp;
  return { ...topUp, state: stateOf(topUp, now), keyName: redeemedBy && names.get(redeemedBy) };
}

function stateOf({ redeemedAt, isEnabled, expiresAt }: TopUp, now: number): Output<'disableTopUp'>['state'] {
  if (redeemedAt !== undefined) return 'redeemed';
  if (!isEnabled) return 'disabled';
  return expiresAt !== undefined && expiresAt <= now ? 'expired' : 'open';
}
