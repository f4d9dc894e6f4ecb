import { type Host, type Invited, JoinFailed, lookAtHost, readInvite, takeInvite } from '../join/guest.ts';
import { joinRoutes } from './contract-join.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'accountRepository' | 'accounts'>;

/** An invite of another Waystation becomes an account of this one. */
export function joinOperations({ accountRepository, accounts }: Parts) {
  return {
    lookAtInvite: operation(joinRoutes.lookAtInvite, async ({ invite, at }) => {
      const invited = invitedBy(invite, at);
      const host = await refusing(() => lookAtHost(invited));
      const isOwn = host.encryption === 'own-authority';
      return {
        ...{ origin: invited.origin, encryption: host.encryption },
        ...(isOwn ? { fingerprint: host.fingerprint, isNamed: host.isNamed } : { isNamed: false }),
        name: new URL(invited.origin).hostname.replace(/^\[|\]$/g, '').slice(0, 64),
      };
    }),
    joinRelay: operation(joinRoutes.joinRelay, async ({ invite, at, name, fingerprint, allowPlain }) => {
      const invited = invitedBy(invite, at);
      const host = await refusing(() => lookAtHost(invited));
      checkTrust(host, { fingerprint, allowPlain });
      const ca = host.encryption === 'own-authority' ? host.certificate : undefined;
      const settings = { baseUrl: invited.origin, ...(ca !== undefined && { authority: ca }) };
      const account = { provider: 'relay', name, settings, allowLocalUpstream: true };
      // Before the invite is used up: afterwards its key would be lost.
      await accountRepository.check({ ...account, secretText: 'not yet known' });
      const { secret, memberName } = await refusing(() => takeInvite(invited.origin, invited.proof, ca));
      const { id } = await accountRepository.create({ ...account, secretText: secret });
      await accounts.reload();
      return { id, name, memberName };
    }),
  };
}

function invitedBy(invite: string, at: string | undefined): Invited {
  const invited = readInvite(invite, at);
  if (invited) return invited;
  const message = 'That is no invite. Give its whole link, or its code and the address it is good at.';
  throw new AdminError('request-invalid', message, { issues: [{ path: 'invite', message }] });
}

interface Accepted {
  readonly fingerprint: string | undefined;
  readonly allowPlain: boolean | undefined;
}

/** What nobody vouches for, somebody has to have seen. */
function checkTrust(host: Host, { fingerprint, allowPlain }: Accepted): void {
  if (host.encryption === 'plain' && allowPlain !== true) {
    throw new AdminError(
      'conflict',
      'Nothing is encrypted there: everybody on the network can read your key and your prompts.',
    );
  }
  if (host.encryption !== 'own-authority' || host.isNamed) return;
  if (fingerprint?.toLowerCase() === host.fingerprint.toLowerCase()) return;
  throw new AdminError(
    'conflict',
    `Its authority has the fingerprint ${host.fingerprint}. Compare it with what its owner sees.`,
  );
}

async function refusing<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof JoinFailed ? new AdminError('conflict', error.message, { cause: error }) : error;
  }
}
