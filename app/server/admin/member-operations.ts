import { periodAt } from '../../domain/calendar.ts';
import type { Member } from '../../keys/key.ts';
import type { LimitStanding } from '../../keys/limit-refusal.ts';
import { type KeyUse, usesOf } from '../../keys/uses.ts';
import type { RefusalsQuestion } from '../../usage/refused-calls.ts';
import { noSums, type UsageSums } from '../../usage/summary.ts';
import { routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { toStanding } from './key-operations.ts';
import { checkMemberChange } from './member-guard.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';
import { standingsByCalls } from './spent-before.ts';

type Parts = Pick<
  AdminParts,
  | 'members'
  | 'refusedCalls'
  | 'plans'
  | 'keyRepository'
  | 'rollups'
  | 'spending'
  | 'catalogue'
  | 'store'
  | 'ports'
  | 'live'
>;

export function memberOperations(parts: Parts) {
  const { members } = parts;
  return {
    listMembers: operation(routes.listMembers, async () => {
      const counts = await countsOf(parts);
      return (await members.list()).map((member) => toWire(member, counts));
    }),
    memberStandings: operation(routes.memberStandings, ({ timeZone }) => standingsOf(parts, timeZone)),
    listRefusals: operation(routes.listRefusals, ({ key, ...question }) =>
      refusalsOf(parts, { ...question, keyId: key }),
    ),
    showMember: operation(routes.showMember, async ({ id }) => await shown(parts, await members.find(id))),
    createMember: operation(routes.createMember, async (input, actor) => {
      await checkMemberChange(parts, actor, { becomes: input.role });
      await checkPlan(parts, input.planId);
      return await shown(parts, await members.create(input));
    }),
    updateMember: operation(routes.updateMember, async ({ id, ...patch }, actor) => {
      await checkMemberChange(parts, actor, { id, becomes: patch.role });
      await checkPlan(parts, patch.planId);
      const member = await members.update(id, patch);
      // A limit that comes back has to see what was spent while it was away.
      if (patch.planId !== undefined || patch.limits) await parts.live?.recountLimits();
      return await shown(parts, member);
    }),
    suspendMember: operation(routes.suspendMember, async ({ id }, actor) => {
      await checkMemberChange(parts, actor, { id });
      return await switched(parts, id, 'suspended');
    }),
    resumeMember: operation(routes.resumeMember, async ({ id }, actor) => {
      await checkMemberChange(parts, actor, { id });
      return await switched(parts, id, 'active');
    }),
    removeMember: operation(routes.removeMember, async ({ id, withKeys = false }, actor) => {
      await checkMemberChange(parts, actor, { id });
      const member = await members.find(id);
      if (!member) throw unknownMember();
      if (await members.remove(id, { withKeys })) return { id, removed: true as const };
      const names = (await parts.keyRepository.list()).filter((key) => key.memberId === id).map(({ name }) => name);
      const message = `${member.name} still has keys: ${names.join(', ')}.`;
      throw new AdminError('conflict', `${message} Remove them too: waystation member remove NAME --with-keys`);
    }),
  };
}

async function switched(parts: Parts, id: string, state: Member['state']) {
  return await shown(parts, await parts.members.setState(id, state));
}

const fiveHoursMs = 5 * 3_600_000;

/** Three sums of all members at once; the last use and the running calls are those of their keys. */
async function standingsOf(parts: Parts, timeZone: string) {
  const { rollups, keyRepository, ports, live } = parts;
  const now = ports.clock.now();
  const today = periodAt({ unit: 'day', timeZone }, now).startsAt;
  const weekBegins = periodAt({ unit: 'day', timeZone }, today - 6 * 86_400_000).startsAt;
  const since = async (moment: number) => {
    const found = await rollups.summary({ groupBy: 'member', since: moment, timeZone });
    return new Map(found.map((one) => [one.group, one]));
  };
  const [ofToday, ofHours, ofWeek] = [await since(today), await since(now - fiveHoursMs), await since(weekBegins)];
  const memberOf = new Map((await keyRepository.list()).map((key) => [key.id, key.memberId]));
  const uses = lastUses(await usesOf(parts), memberOf);
  const running = Map.groupBy(live?.runningCalls() ?? [], ({ keyId }) => memberOf.get(keyId));
  const members = await parts.members.list();
  return await Promise.all(
    members.map(async (member) => ({
      memberId: member.id,
      today: toSpent(ofToday.get(member.id)),
      fiveHours: toSpent(ofHours.get(member.id)),
      week: toSpent(ofWeek.get(member.id)),
      standings: (await sharedStandings(parts, member)).map(toStanding),
      lastUse: uses.get(member.id),
      running: running.get(member.id)?.length ?? 0,
    })),
  );
}

/** Names are looked up now: a key that is gone has none. */
async function refusalsOf({ refusedCalls, keyRepository }: Parts, question: RefusalsQuestion) {
  const keys = [...(await keyRepository.list()), ...(await keyRepository.listTrash())];
  const byId = new Map(keys.map((key) => [key.id, key]));
  return (await refusedCalls.list(question)).map(({ keyId, address, userAgent, ...one }) => ({
    ...one,
    keyId: keyId ?? null,
    keyName: (keyId && byId.get(keyId)?.name) ?? null,
    memberId: (keyId && byId.get(keyId)?.memberId) ?? null,
    address: address ?? null,
    userAgent: userAgent ?? null,
  }));
}

/** As those of a key that has no limits itself. */
async function sharedStandings(parts: Parts, member: Member): Promise<readonly LimitStanding[]> {
  if (member.limits.length === 0) return [];
  const key = { id: member.id, name: member.name, limits: [], member };
  return parts.live ? await parts.live.limitStandings(key) : await standingsByCalls(parts, key);
}

function lastUses(
  uses: ReadonlyMap<string, KeyUse>,
  memberOf: ReadonlyMap<string, string | undefined>,
): ReadonlyMap<string, KeyUse> {
  const last = new Map<string, KeyUse>();
  for (const [keyId, use] of uses) {
    const memberId = memberOf.get(keyId);
    if (memberId !== undefined && use.at > (last.get(memberId)?.at ?? 0)) last.set(memberId, use);
  }
  return last;
}

function toSpent(sums: UsageSums = noSums) {
  const { calls, costNanoUsd, inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } =
    sums;
  const tokens = inputTokens + outputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
  return { calls, tokens, costNanoUsd };
}

async function checkPlan({ plans }: Parts, planId: string | null | undefined): Promise<void> {
  if (typeof planId !== 'string' || (await plans.find(planId))) return;
  const message = 'planId: there is no such plan. See which there are with: waystation plan list';
  throw new AdminError('request-invalid', message);
}

async function countsOf({ keyRepository }: Parts): Promise<ReadonlyMap<string | undefined, readonly unknown[]>> {
  return Map.groupBy(await keyRepository.list(), ({ memberId }) => memberId);
}

async function shown(parts: Parts, member: Member | undefined) {
  if (member) return toWire(member, await countsOf(parts));
  throw unknownMember();
}

function toWire({ plan, ...member }: Member, counts: ReadonlyMap<string | undefined, readonly unknown[]>) {
  return {
    ...member,
    planName: plan?.name,
    limits: member.limits.map((limit) => ({ ...limit, models: limit.models && [...limit.models] })),
    keys: counts.get(member.id)?.length ?? 0,
  };
}

function unknownMember(): AdminError {
  return new AdminError('not-found', 'There is no such member. See which there are with: waystation member list');
}
