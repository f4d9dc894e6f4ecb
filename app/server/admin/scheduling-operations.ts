import type { Group } from '../../accounts/groups.ts';
import { sentenceOf } from '../../accounts/reason.ts';
import type { ApiKey } from '../../keys/key.ts';
import { inForce } from '../../keys/plan.ts';
import type { Ask, Plan, Snapshot } from '../../scheduler/plan.ts';
import { replay } from '../../scheduler/replay.ts';
import { type Aim, type Rules, rulesSchema } from '../../scheduler/rules.ts';
import { atMoment, simulate } from '../../scheduler/simulate.ts';
import { whatIf } from '../../scheduler/what-if.ts';
import { lookAtCaps } from './account-caps.ts';
import { boundsOf } from './asks.ts';
import { routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { operation, parseInput } from './operation.ts';
import type { AdminParts } from './parts.ts';
import { pastCalls } from './past-calls.ts';

type Parts = Pick<
  AdminParts,
  'accountRepository' | 'accounts' | 'catalogue' | 'keyRepository' | 'rules' | 'usage' | 'ports' | 'live' | 'spending'
>;

export function schedulingOperations(parts: Parts) {
  const { accountRepository, catalogue, rules } = parts;
  const { timeline } = accountRepository;
  return {
    accountTimeline: operation(routes.accountTimeline, async ({ id, limit }) =>
      (await timeline.list(id, limit)).map((entry) => ({
        ...entry,
        reason: sentenceOf(entry.reason),
        cause: entry.reason,
        limits: entry.limits?.map((one) => ({ ...one, models: [...one.models] })),
      })),
    ),
    accountErrors: operation(routes.accountErrors, ({ id, limit }) => timeline.errors(id, limit)),
    ...groupOperations(parts),
    showRules: operation(routes.showRules, async () => rules.current),
    updateRules: operation(routes.updateRules, async (patch) => {
      const changed = withRules(rules.current, patch);
      if (patch.aim) await checkAim(accountRepository, patch.aim);
      await rules.set(changed);
      return changed;
    }),
    ...liveOperations(parts),
    simulateCall: operation(
      routes.simulateCall,
      async ({ at, key, rules: patch, accounts: changes = [], ...input }) => {
        for (const { account } of parts.accounts.all()) await lookAtCaps(parts, account);
        const now = parts.ports.clock.now();
        const asked = { ...input, model: catalogue.resolve(input.model).model };
        const snapshot = atMoment({ ...snapshotOf(parts, asked.route), now }, at ?? now);
        const ask = askOf(asked, key === undefined ? undefined : await findKey(parts, key));
        const views = snapshot.views.map((view) => whatIf(view, changes));
        const plan = simulate({ ...snapshot, views, rules: withRules(rules.current, patch ?? {}) }, ask);
        return { ...planToWire(plan), at: snapshot.now, accountNames: await accountNames(parts) };
      },
    ),
    replayCalls: operation(routes.replayCalls, async ({ since, before, rules: patch, accounts: changes }) => {
      const calls = await pastCalls(parts, { since, before });
      const { byAccount, examples, ...counts } = replay(
        { ...snapshotOf(parts), rules: withRules(rules.current, patch) },
        calls,
        changes,
      );
      return {
        ...counts,
        byAccount: [...byAccount].map(([accountId, counted]) => ({ accountId, ...counted })),
        examples: examples.map((one) => ({ ...one, before: one.before ?? null, after: one.after ?? null })),
        accountNames: await accountNames(parts),
      };
    }),
  };
}

function groupOperations({ accountRepository, accounts, keyRepository }: Parts) {
  const { groups } = accountRepository;
  const checkMembers = async (members: readonly { readonly accountId: string }[] = []) => {
    const known = new Set((await accountRepository.list()).map(({ id }) => id));
    if (members.every(({ accountId }) => known.has(accountId))) return;
    throw new AdminError('request-invalid', 'members: there is no such account. See: waystation account list');
  };
  return {
    listGroups: operation(routes.listGroups, async () => (await groups.list()).map(groupToWire)),
    createGroup: operation(routes.createGroup, async (input) => {
      await checkMembers(input.members);
      const made = await groups.create(input);
      await accounts.reload();
      return groupToWire(made);
    }),
    updateGroup: operation(routes.updateGroup, async ({ id, ...patch }) => {
      await checkMembers(patch.members);
      const changed = await groups.update(id, patch);
      if (!changed) throw unknownGroup();
      await accounts.reload();
      return groupToWire(changed);
    }),
    removeGroup: operation(routes.removeGroup, async ({ id }) => {
      // Its keys would be let loose on all accounts, or locked out: neither is what was meant.
      const bound = (await keyRepository.list()).filter(({ groupId }) => groupId === id);
      if (bound.length > 0) {
        const names = bound.map(({ name }) => name).join(', ');
        throw new AdminError('conflict', `Keys are bound to this group: ${names}. Bind them elsewhere first.`);
      }
      if (!(await groups.remove(id))) throw unknownGroup();
      await accounts.reload();
      return { id, removed: true as const };
    }),
  };
}

function liveOperations(parts: Parts) {
  const running = () => {
    if (parts.live) return parts.live;
    throw new AdminError('unavailable', 'Sessions live in the relay, and none runs. Start it with: waystation serve');
  };
  return {
    listSessions: operation(routes.listSessions, async () => [...running().sessions.list()]),
    forgetSession: operation(routes.forgetSession, async ({ id }) => {
      if (await running().sessions.forget(id)) return { id, removed: true as const };
      throw new AdminError('not-found', 'There is no such session. See: waystation session list');
    }),
    listQueue: operation(routes.listQueue, async () =>
      parts.accounts.queue.waiting().map((one) => ({ ...one, accountIds: [...one.accountIds] })),
    ),
  };
}

type RulesPatch = { readonly [Field in keyof Rules]?: Rules[Field] | undefined };

function withRules(before: Rules, patch: RulesPatch): Rules {
  const named = Object.entries(patch).filter(([, value]) => value !== undefined);
  return parseInput(rulesSchema, { ...before, ...Object.fromEntries(named) });
}

/** Calls that may go to one account alone would otherwise go nowhere. */
async function checkAim(accounts: Parts['accountRepository'], aim: Aim): Promise<void> {
  if (aim.kind === 'automatic' || (await accounts.find(aim.accountId))) return;
  throw new AdminError('request-invalid', 'aim: there is no such account. See: waystation account list');
}

function snapshotOf({ accounts, rules, ports }: Parts, route: Ask['route'] | undefined = undefined): Snapshot {
  const views = route === undefined ? accounts.all() : accounts.views(route);
  return { views, groups: accounts.groups, rules: rules.current, now: ports.clock.now() };
}

interface Asked {
  readonly model: string;
  readonly route: Ask['route'];
  readonly client?: Ask['client'];
  readonly sessionAt?: string | undefined;
  readonly moveNanoUsd?: number | undefined;
}

/** As a call of this key would ask. Models as aliases leave them. */
function askOf({ model, route, client, sessionAt, moveNanoUsd }: Asked, key: ApiKey | undefined): Ask {
  return {
    ...{ model, route, client, bringsCredential: false },
    ...{ stickyAccountId: sessionAt, moveNanoUsd },
    ...boundsOf(key, route),
  };
}

function planToWire({ explanation, wait }: Plan) {
  const { ask, sticky, strategy, verdicts } = explanation;
  return {
    sticky,
    stickyAccountId: ask.stickyAccountId ?? null,
    moveNanoUsd: ask.moveNanoUsd ?? null,
    groupId: ask.groupId ?? null,
    strategy,
    verdicts: [...verdicts],
    wait: wait ? { ...wait, accountIds: wait.accounts.map(({ id }) => id) } : null,
  };
}

async function accountNames({ accountRepository }: Parts): Promise<Record<string, string>> {
  return Object.fromEntries((await accountRepository.list()).map(({ id, name }) => [id, name]));
}

async function findKey({ keyRepository }: Parts, id: string): Promise<ApiKey> {
  const key = await keyRepository.find(id);
  if (key) return inForce(key);
  throw new AdminError('not-found', 'There is no such key. See which there are with: waystation key list');
}

function groupToWire({ members, ...group }: Group) {
  return { ...group, members: [...members].map(([accountId, priority]) => ({ accountId, priority })) };
}

function unknownGroup(): AdminError {
  return new AdminError('not-found', 'There is no such group. See which there are with: waystation group list');
}
