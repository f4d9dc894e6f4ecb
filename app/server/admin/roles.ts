import type { MemberRole } from '../../keys/key.ts';

// What a member may do who signs in to the admin pages from another computer. Who sits at this computer is its owner.

export type AdminRole = Exclude<MemberRole, 'member'>;

interface Asked {
  readonly method: string;
  /** Under the root of the admin API. */
  readonly path: string;
}

/** Who gets in here, from where and as whom: only an owner changes it. */
const ownerChanges: ReadonlySet<string> = new Set([
  'admin-password',
  'backups',
  'directory',
  'metrics-access',
  'network',
  'settings',
  'sharing',
  'sign-ins',
  'webhooks',
]);
/** What people wrote, who else is signed in, and everything in one file. */
const ownerSees: ReadonlySet<string> = new Set(['backups', 'capture', 'sign-ins']);
/** The files and the browser of the computer that Waystation runs on: nothing for somebody who sits elsewhere. */
const onlyHere: ReadonlySet<string> = new Set(['connections', 'imports', 'linked-logins', 'logins']);

/** Not even to be looked at from elsewhere: where people keep their credentials, and how many. */
const seenHere: ReadonlySet<string> = new Set(['found-data']);

/** The one decision about a route: a new one is for viewers when it only reads, and for administrators when it changes. */
export function mayCall(role: AdminRole, { method, path }: Asked): boolean {
  const area = path.split('/')[1] ?? '';
  const isRead = method === 'GET' || method === 'HEAD';
  if (isSession(path)) return true;
  if (seenHere.has(area) || (!isRead && onlyHere.has(area))) return false;
  if (role === 'owner') return true;
  if (isRead) return !ownerSees.has(area);
  return role === 'admin' && !ownerChanges.has(area);
}

/** One's own session: to look at it, to lock it and to end it. */
function isSession(path: string): boolean {
  return path === '/session' || path === '/session/lock';
}

/** Nobody makes somebody more than they are themselves, or takes the place of somebody who is as much. */
export function mayChangeMember(
  role: AdminRole | undefined,
  { is, becomes }: { readonly is?: MemberRole | undefined; readonly becomes?: MemberRole | undefined },
): boolean {
  if (role === undefined || role === 'owner') return true;
  return [is, becomes].every((one) => one === undefined || one === 'member' || one === 'viewer');
}
