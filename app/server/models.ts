import { awaitsTerms } from '../accounts/terms.ts';
import type { AccountView } from '../accounts/view.ts';
import { findOffer, listOffers, type Offer, type OfferSources } from '../catalogue/offers.ts';
import type { ProtocolId } from '../domain/conversation.ts';
import { RelayError } from '../domain/errors.ts';
import { isWithin, reachOf } from '../keys/services.ts';
import { checkService, mayUseModel } from '../relay/admit.ts';
import type { Caller } from '../relay/call.ts';
import { isReachable } from '../scheduler/eligible.ts';
import type { GroupView } from '../scheduler/plan.ts';

export interface ModelsDeps {
  readonly offers: OfferSources;
  /** Accounts of every kind. */
  views(): readonly AccountView[];
  groups(): ReadonlyMap<string, GroupView>;
}

export interface Asker {
  readonly caller: Caller;
  readonly protocol: ProtocolId;
  /** With its question mark, or empty. */
  readonly query: string;
}

/** The models a caller can use now, in the asker's own shape; Claude Code's `/model` reads `id` and `display_name`. */
export function listModels(deps: ModelsDeps, asker: Asker): string {
  const { caller, protocol } = asker;
  if (caller.kind === 'key') checkService(caller.key, protocol);
  const query = new URLSearchParams(asker.query);
  // Codex asks for instructions and tool settings along with each model, which are its maker's to give: an empty list
  // leaves it with those it brings along.
  if (query.has('client_version') && protocol !== 'anthropic') return JSON.stringify({ models: [] });
  return JSON.stringify(lists[protocol](offersTo(deps, asker), query));
}

/** By their names alone. */
export function usableModels(deps: ModelsDeps, asker: Asker): readonly string[] {
  const { caller, protocol } = asker;
  if (caller.kind === 'key') checkService(caller.key, protocol);
  return offersTo(deps, asker).map(({ id }) => id);
}

function offersTo(deps: ModelsDeps, asker: Asker): readonly Offer[] {
  return listOffers(deps.offers, viewsOf(deps, asker)).filter((offer) => mayUse(asker.caller, offer));
}

/** One of them by its name, aliases and dated snapshots included. Throws `model-unavailable`. */
export function showModel(deps: ModelsDeps, asker: Asker, id: string): string {
  const { caller, protocol } = asker;
  if (caller.kind === 'key') checkService(caller.key, protocol);
  const offer = findOffer(deps.offers, viewsOf(deps, asker), id);
  if (offer && mayUse(caller, offer)) return JSON.stringify(shapes[protocol](offer));
  throw new RelayError('model-unavailable', `There is no model ${id} here that you may use. See: GET /v1/models`);
}

function viewsOf(deps: ModelsDeps, { caller, protocol }: Asker): readonly AccountView[] {
  const reach = caller.kind === 'key' ? reachOf(caller.key.services, protocol) : undefined;
  return deps.views().filter((view) => {
    const { account, cloud, forwardsClientCredential } = view;
    if (!account.isEnabled || awaitsTerms(view)) return false;
    if (caller.kind !== 'key') return forwardsClientCredential;
    return isWithin(reach, cloud) && isReachable(deps.groups(), caller.key, account.id);
  });
}

function mayUse(caller: Caller, { id, standsFor }: Offer): boolean {
  return caller.kind !== 'key' || mayUseModel(caller.key, { asked: id, model: standsFor ?? id });
}

type List = (offers: readonly Offer[], query: URLSearchParams) => object;

const shapes: Readonly<Record<ProtocolId, (offer: Offer) => object>> = {
  anthropic: (offer) => ({
    type: 'model',
    id: offer.id,
    display_name: offer.displayName ?? offer.id,
    // The vendor's own way to say that the day of release is not known.
    created_at: new Date(offer.createdAt ?? 0).toISOString().replace('.000Z', 'Z'),
    max_input_tokens: offer.contextTokens ?? null,
    max_tokens: offer.maxOutputTokens ?? null,
  }),
  'openai-chat': openAiModel,
  'openai-responses': openAiModel,
  gemini: (offer) => ({
    name: `models/${offer.id}`,
    displayName: offer.displayName ?? offer.id,
    inputTokenLimit: offer.contextTokens,
    outputTokenLimit: offer.maxOutputTokens,
    supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
  }),
};

const lists: Readonly<Record<ProtocolId, List>> = {
  anthropic: anthropicPage,
  'openai-chat': openAiList,
  'openai-responses': openAiList,
  gemini: (offers) => ({ models: offers.map(shapes.gemini) }),
};

function openAiModel({ id, createdAt }: Offer): object {
  return { id, object: 'model', created: Math.floor((createdAt ?? 0) / 1_000), owned_by: 'waystation' };
}

function openAiList(offers: readonly Offer[]): object {
  return { object: 'list', data: offers.map(openAiModel) };
}

const maxPage = 1_000;

/** Anthropic's clients turn pages; nobody else does. */
function anthropicPage(offers: readonly Offer[], query: URLSearchParams): object {
  const limit = Number(query.get('limit') ?? maxPage);
  const size = Number.isInteger(limit) && limit > 0 ? Math.min(limit, maxPage) : maxPage;
  const start = offers.findIndex(({ id }) => id === query.get('after_id')) + 1;
  const page = offers.slice(start, start + size);
  return {
    data: page.map(shapes.anthropic),
    has_more: start + size < offers.length,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  };
}
