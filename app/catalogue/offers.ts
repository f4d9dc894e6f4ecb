import type { AccountView } from '../accounts/view.ts';
import type { ListedModel } from '../domain/listed-model.ts';
import { routeFacts } from '../protocols/routes.ts';
import { isPattern } from './alias.ts';
import type { Catalogue } from './catalogue.ts';
import type { FindKnownModel } from './known-models.ts';

/** A name that clients may ask for, and who serves it. */
export interface Offer extends ListedModel {
  /** The model that an alias stands for. */
  readonly standsFor?: string | undefined;
  readonly accountIds: readonly string[];
}

export interface OfferSources {
  readonly catalogue: Pick<Catalogue, 'aliases' | 'resolve'>;
  /** Models that this version knows by name, newest first. */
  bundled(): readonly string[];
  readonly known: FindKnownModel;
}

/**
 * Every name that one of these accounts is known to serve: aliases, bundled names, and what accounts and their upstreams
 * list, in this order. Accounts that would take just any name make none up.
 */
export function listOffers(sources: OfferSources, views: readonly AccountView[]): readonly Offer[] {
  const aliases = sources.catalogue.aliases.map(({ name }) => name);
  const names = [...aliases, ...sources.bundled(), ...views.flatMap(namesOf)].filter((name) => !isPattern(name));
  return [...new Set(names)].flatMap((name) => findOffer(sources, views, name) ?? []);
}

/** One name, which need not be in the list: a dated snapshot is served like its model. */
export function findOffer(sources: OfferSources, views: readonly AccountView[], name: string): Offer | undefined {
  const { model, via } = sources.catalogue.resolve(name);
  const serving = servingOf(views, model, via.length > 0);
  if (serving.length === 0) return undefined;
  const facts = factsOf(sources, serving, model);
  const displayName = via.length > 0 ? `${name} (${facts?.displayName ?? model})` : facts?.displayName;
  const standsFor = via.length > 0 ? model : undefined;
  return { ...facts, id: name, displayName, standsFor, accountIds: serving.map(({ account }) => account.id) };
}

/** An alias was made on purpose: who takes any name serves it when nobody is known to have it. */
function servingOf(views: readonly AccountView[], model: string, isAlias: boolean): readonly AccountView[] {
  const claiming = views.filter((view) => view.claims(model));
  return claiming.length > 0 || !isAlias ? claiming : views.filter((view) => takes(view, model));
}

function takes(view: AccountView, model: string): boolean {
  return view.routes.some(
    (route) => routeFacts[route].isConversation && view.upstreamModel(model, route) !== undefined,
  );
}

function namesOf({ account, listed }: AccountView): readonly string[] {
  const own = [...account.models, ...Object.keys(account.modelMap)];
  return account.models.length > 0 ? own : [...own, ...(listed?.models.map(({ id }) => id) ?? [])];
}

/** What an upstream says of its model goes before what this version knows. */
function factsOf({ known }: OfferSources, serving: readonly AccountView[], model: string): ListedModel | undefined {
  const bundled = known(model);
  const told = serving.map((view) => view.told(model)).find((facts) => facts !== undefined);
  if (!told) return bundled;
  return {
    id: told.id,
    displayName: told.displayName ?? bundled?.displayName,
    createdAt: told.createdAt ?? bundled?.createdAt,
    contextTokens: told.contextTokens ?? bundled?.contextTokens,
    maxOutputTokens: told.maxOutputTokens ?? bundled?.maxOutputTokens,
  };
}
