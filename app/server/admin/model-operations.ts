import type { AccountView } from '../../accounts/view.ts';
import { listOffers } from '../../catalogue/offers.ts';
import type { ProtocolId } from '../../domain/conversation.ts';
import type { ApiKey } from '../../keys/key.ts';
import { inForce } from '../../keys/plan.ts';
import { isWithin, reachOf } from '../../keys/services.ts';
import type { RouteId } from '../../protocols/protocol.ts';
import { mayUseModel } from '../../relay/admit.ts';
import { choose } from '../../scheduler/choose.ts';
import { isReachable } from '../../scheduler/eligible.ts';
import type { Verdict } from '../../scheduler/plan.ts';
import { boundsOf } from './asks.ts';
import { routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'accounts' | 'aliases' | 'catalogue' | 'keyRepository' | 'offers' | 'ports' | 'rules'>;

export function modelOperations(parts: Parts) {
  const { aliases, catalogue } = parts;
  return {
    listModels: operation(routes.listModels, async ({ key: keyId }) => {
      const key = await findKey(parts, keyId);
      const { groups } = parts.accounts;
      const views = parts.accounts
        .all()
        .filter(
          (view) =>
            view.account.isEnabled && (!key || (isReachable(groups, key, view.account.id) && isServed(view, key))),
        );
      const offers = listOffers(parts.offers, views);
      return offers
        .filter(({ id, standsFor }) => !key || mayUseModel(key, { asked: id, model: standsFor ?? id }))
        .map((offer) => ({ ...offer, accountIds: [...offer.accountIds] }));
    }),
    testModel: operation(routes.testModel, async ({ model, key }) =>
      testModel(parts, model, await findKey(parts, key)),
    ),
    listAliases: operation(routes.listAliases, () => aliases.list()),
    setAlias: operation(routes.setAlias, async (input) => {
      const alias = await aliases.set(input);
      await catalogue.reload();
      return alias;
    }),
    removeAlias: operation(routes.removeAlias, async ({ name }) => {
      if (!(await aliases.remove(name))) {
        throw new AdminError('not-found', 'There is no such alias. See which there are with: waystation model list');
      }
      await catalogue.reload();
      return { name, removed: true as const };
    }),
  };
}

/** What clients of each protocol ask for. */
const conversations: Readonly<Record<ProtocolId, RouteId>> = {
  anthropic: 'messages',
  'openai-chat': 'chat',
  'openai-responses': 'responses',
  gemini: 'generate',
};
const protocols = Object.keys(conversations).filter((name): name is ProtocolId => name in conversations);

/** Whether it serves this key in any protocol. */
function isServed({ cloud }: AccountView, { services }: ApiKey): boolean {
  return protocols.some((protocol) => isWithin(reachOf(services, protocol), cloud));
}

/** The same choice as a call's, once for each kind of client. */
function testModel(parts: Parts, asked: string, key: ApiKey | undefined) {
  const { model, via } = parts.catalogue.resolve(asked);
  const frame = { groups: parts.accounts.groups, rules: parts.rules.current, now: parts.ports.clock.now() };
  const asks = protocols.map((protocol) => {
    const route = conversations[protocol];
    const views = parts.accounts.views(route);
    const ask = { model, route, bringsCredential: false, ...boundsOf(key, route) };
    const { explanation } = choose({ ...frame, views }, ask);
    return { protocol, route, verdicts: explanation.verdicts };
  });
  const accounts = parts.accounts.all().map((view) => {
    const found = asks.map((ask) => ({ ...ask, verdict: verdictOn(view, ask.verdicts) }));
    const serves = found.flatMap(({ protocol, route, verdict }) => {
      const upstreamModel = verdict?.rank === undefined ? undefined : view.upstreamModel(model, route);
      return upstreamModel === undefined ? [] : { protocol, upstreamModel, isTranslated: !view.routes.includes(route) };
    });
    return { accountId: view.account.id, serves, ...(serves.length > 0 ? {} : reasonOf(found)) };
  });
  const isAllowed = key ? key.isEnabled && mayUseModel(key, { asked, model }) : null;
  return { asked, model, via: via.map(({ name, target }) => ({ name, target })), isAllowed, accounts };
}

function verdictOn({ account }: AccountView, verdicts: readonly Verdict[]): Verdict | undefined {
  return verdicts.find(({ accountId }) => accountId === account.id);
}

/** In its own protocol an account is asked for anything, so what it says there tells most. */
function reasonOf(found: readonly { readonly verdict: Verdict | undefined }[]) {
  const reasons = found.flatMap(({ verdict }) => (verdict?.skipped === undefined ? [] : verdict));
  const reason = reasons.find(({ skipped }) => skipped !== 'model-not-supported') ?? reasons[0];
  return { skipped: reason?.skipped ?? 'model-not-supported', until: reason?.until };
}

async function findKey({ keyRepository }: Parts, id: string | undefined): Promise<ApiKey | undefined> {
  const key = id === undefined ? undefined : await keyRepository.find(id);
  if (key) return inForce(key);
  if (id === undefined) return undefined;
  throw new AdminError('not-found', 'There is no such key. See which there are with: waystation key list');
}
