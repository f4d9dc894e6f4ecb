import { AuditLog } from '../../store/audit-log.ts';
import type { Actor } from '../../store/audit-scope.ts';
import { routes } from './contract.ts';
import { auditEntry } from './contract-access.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';
import { AdminPassword } from './password.ts';

type Parts = Pick<AdminParts, 'store' | 'settings' | 'live'>;

export function administrationOperations(parts: Parts) {
  const log = new AuditLog(parts.store);
  const password = parts.live?.door.password ?? new AdminPassword(parts.settings);
  const change = async (actor: Actor, current: string | undefined, work: () => Promise<void>) => {
    if (actor.kind === 'session' && !(await mayChange(password, current))) {
      throw new AdminError('password-wrong', 'The current password is wrong.');
    }
    await work();
    parts.live?.door.sessions.revokeOthers(actor.id);
    return { isSet: await password.isSet() };
  };
  return {
    ...signInOperations(parts),
    showPassword: operation(routes.showPassword, async () => ({ isSet: await password.isSet() })),
    setPassword: operation(routes.setPassword, ({ password: wanted, current }, actor) =>
      change(actor, current, () => password.set(wanted)),
    ),
    clearPassword: operation(routes.clearPassword, ({ current }, actor) =>
      change(actor, current, () => password.clear()),
    ),
    listAudit: operation(routes.listAudit, async (question) => {
      const found = await log.list(question);
      const last = found.length === question.limit ? found.at(-1) : undefined;
      return { entries: found.map((entry) => auditEntry.parse(entry)), next: last?.id ?? null };
    }),
  };
}

/** Who sits at an open page is not yet the one who may shut its owner out. */
async function mayChange(password: AdminPassword, current: string | undefined): Promise<boolean> {
  return !(await password.isSet()) || (current !== undefined && (await password.isRight(current)));
}

function signInOperations({ live }: Parts) {
  return {
    listSignIns: operation(routes.listSignIns, async (_, actor) =>
      [...(live?.door.sessions.list() ?? []), ...(live?.lan.sessions.list() ?? [])].map((one) => ({
        ...one,
        isCurrent: (one.memberId ?? one.id) === actor.id,
      })),
    ),
    revokeSignIn: operation(routes.revokeSignIn, async ({ id }) => {
      if (live?.door.sessions.revoke(id) || live?.lan.sessions.revoke(id)) return { id, removed: true as const };
      throw new AdminError('not-found', 'There is no such session. See: waystation admin sessions');
    }),
  };
}
