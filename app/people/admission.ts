import type { Member, MemberRole } from '../keys/key.ts';
import type { MemberRepository } from '../keys/member-repository.ts';
import type { AdmissionRules } from './directory-input.ts';
import type { SignInRepository } from './sign-in-repository.ts';

/** Somebody as a directory or an issuer knows them, who proved to be that. */
export interface Person {
  readonly way: 'ldap' | 'oidc';
  /** Stays the same for the same person, and is nobody else's ever. */
  readonly subject: string;
  readonly name: string;
  /** Only one that is known to be theirs. */
  readonly email: string | undefined;
  readonly groups: readonly string[];
}

export type Refusal = 'no-group' | 'unknown' | 'suspended' | 'name-taken';

export interface AdmissionDeps {
  readonly members: Pick<MemberRepository, 'list' | 'find' | 'create' | 'update'>;
  readonly signIns: Pick<SignInRepository, 'find' | 'list' | 'link'>;
}

/** Which member a person is; one who is not known yet becomes one, where the owner allows that. */
export async function admit(deps: AdmissionDeps, person: Person, rules: AdmissionRules): Promise<Member | Refusal> {
  const role = roleOf(person, rules);
  if (role === undefined) return 'no-group';
  const known = await deps.signIns.find(person.way, person.subject);
  const linked = known && (await deps.members.find(known.memberId));
  const member = linked ?? (await meet(deps, person, { ...rules, role }));
  if (typeof member === 'string') return member;
  if (member.state !== 'active') return 'suspended';
  return await withRole(deps, member, rules.roles.length > 0 ? role : member.role);
}

async function meet(
  { members, signIns }: AdmissionDeps,
  { way, subject, name, email }: Person,
  { matchEmail, createMembers, role }: AdmissionRules & { readonly role: MemberRole },
): Promise<Member | Refusal> {
  const all = await members.list();
  const same = matchEmail && email ? all.filter((one) => one.email?.toLowerCase() === email.toLowerCase()) : [];
  const [found, other] = same;
  // An owner, or who is linked to somebody else there already, is not taken over by an address.
  const isFree = found && !other && found.role !== 'owner' && !(await hasWay(signIns, found.id, way));
  if (!isFree && !createMembers) return 'unknown';
  if (!isFree && all.some((one) => one.name.toLowerCase() === name.toLowerCase())) return 'name-taken';
  const member = isFree ? found : await members.create({ name, role, ...(email !== undefined && { email }) });
  await signIns.link(member.id, way, subject);
  return member;
}

async function hasWay(signIns: AdmissionDeps['signIns'], memberId: string, way: Person['way']): Promise<boolean> {
  return (await signIns.list(memberId)).some((one) => one.way === way);
}

/** Who left a group may no longer do what it allowed. Owners are made here and nowhere else. */
async function withRole({ members }: AdmissionDeps, member: Member, role: MemberRole): Promise<Member> {
  if (member.role === 'owner' || member.role === role) return member;
  return (await members.update(member.id, { role })) ?? member;
}

function roleOf({ groups }: Person, { roles, otherRole }: AdmissionRules): MemberRole | undefined {
  const names = new Set(groups.flatMap(namesOfGroup));
  return roles.find(({ group }) => names.has(group.toLowerCase()))?.role ?? otherRole ?? undefined;
}

/** A group may be meant by its whole name in the directory, or by the first part of it. */
function namesOfGroup(group: string): readonly string[] {
  const [, first] = /^(?:cn|ou)=([^,+\\]+)(?:,|$)/i.exec(group) ?? [];
  return [group.toLowerCase(), ...(first === undefined ? [] : [first.trim().toLowerCase()])];
}
