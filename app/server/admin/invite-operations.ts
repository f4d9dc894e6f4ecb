import type * as z from 'zod';
import { type Invite, stateOf } from '../../keys/invite.ts';
import { Authority, fingerprintOf } from '../../sharing/authority.ts';
import { readSharing, urlsOf } from '../../sharing/settings.ts';
import { inviteLink, joinPage } from '../join/contract.ts';
import { inviteRoutes } from './contract-invites.ts';
import { AdminError } from './errors.ts';
import { checkMemberChange } from './member-guard.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'invites' | 'members' | 'plans' | 'accounts' | 'settings' | 'vault' | 'ports' | 'live'>;
type NewInvite = z.output<typeof inviteRoutes.createInvite.input>;

export function inviteOperations(parts: Parts) {
  const { invites, ports } = parts;
  return {
    listInvites: operation(inviteRoutes.listInvites, async () => {
      const names = new Map((await parts.members.list()).map(({ id, name }) => [id, name]));
      return (await invites.list()).map((invite) => toWire(invite, ports.clock.now(), names.get(invite.memberId)));
    }),
    createInvite: operation(inviteRoutes.createInvite, async (input, actor) => {
      await checkMemberChange(parts, actor, { id: input.memberId, becomes: input.role });
      const { urls, fingerprint } = await reachOf(parts);
      await check(parts, input);
      const member = await memberFor(parts, input);
      const { invite, code, token } = await invites.create({ memberId: member.id, groupId: input.groupId });
      return {
        invite: toWire(invite, ports.clock.now(), member.name),
        code,
        links: urls.map((url) => inviteLink(url, { token, fingerprint })),
        pages: urls.map(joinPage),
      };
    }),
    revokeInvite: operation(inviteRoutes.revokeInvite, async ({ id }) => {
      const invite = await invites.revoke(id);
      if (!invite) {
        throw new AdminError('not-found', 'There is no such invite. See which there are with: waystation invite list');
      }
      if (invite.takenAt !== undefined) {
        const message = 'This invite was used already. To stop who used it, suspend the member or disable the key.';
        throw new AdminError('conflict', message);
      }
      return toWire(invite, ports.clock.now(), (await parts.members.find(invite.memberId))?.name);
    }),
  };
}

/** An invite leads somewhere only while sharing is on. */
async function reachOf({ settings, vault, ports, live }: Parts) {
  const sharing = await readSharing(settings);
  if (!sharing.isOn) {
    throw new AdminError('conflict', 'Turn sharing on first, so that there is something to join: waystation share on');
  }
  const certificate = await new Authority({ settings, vault, clock: ports.clock }).certificate();
  const isOwn = sharing.encryption === 'own-authority' && certificate !== undefined;
  return {
    urls: urlsOf(sharing, live?.sharing().listeners.standings() ?? []),
    fingerprint: isOwn ? fingerprintOf(certificate) : undefined,
  };
}

async function check({ plans, accounts }: Parts, { planId, groupId }: NewInvite): Promise<void> {
  if (planId !== undefined && !(await plans.find(planId))) {
    throw new AdminError('request-invalid', 'planId: there is no such plan. See: waystation plan list');
  }
  if (groupId !== undefined && !accounts.groups.has(groupId)) {
    throw new AdminError('request-invalid', 'groupId: there is no such group. See: waystation group list');
  }
}

async function memberFor({ members }: Parts, { memberId, name, role, planId }: NewInvite) {
  if (name !== undefined) return await members.create({ name, ...(role && { role }), ...(planId && { planId }) });
  const member = await members.find(memberId ?? '');
  if (!member)
    throw new AdminError('request-invalid', 'memberId: there is no such member. See: waystation member list');
  if (member.state === 'active') return member;
  throw new AdminError('conflict', `${member.name} is suspended. Resume them first: waystation member resume NAME`);
}

function toWire(invite: Invite, now: number, memberName: string | undefined) {
  return { ...invite, memberName, state: stateOf(invite, now) };
}
