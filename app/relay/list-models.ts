import { CredentialMissing } from '../accounts/found-credentials.ts';
import type { AccountView } from '../accounts/view.ts';
import { RelayError } from '../domain/errors.ts';
import type { ListedModel } from '../domain/listed-model.ts';
import { parseJson } from '../protocols/json-value.ts';
import { SecretUnreadable } from '../secrets/vault.ts';
import { type AskUpstreamDeps, askUpstream, type UpstreamAnswer } from './ask-upstream.ts';
import { TransportError } from './exchange.ts';

const maxListBytes = 8 * 1024 * 1024;

/** Asks an account's upstream which models it has. Throws `request-invalid` and `upstream-broken`, in words for its owner. */
export async function listUpstreamModels(deps: AskUpstreamDeps, view: AccountView): Promise<readonly ListedModel[]> {
  const list = deps.providers.get(view.account.provider)?.modelList;
  const [route] = view.routes;
  if (!list || !route) {
    const message = 'Upstreams of this kind cannot be asked for their models. Name them with: --model PATTERN';
    throw new RelayError('request-invalid', message);
  }
  const question = { method: 'GET', route, model: '', path: list.path, body: undefined, maxBytes: maxListBytes };
  const { status, body, fault } = await asked(askUpstream(deps, view, question));
  if (fault) throw new RelayError('upstream-broken', `The upstream refused with HTTP ${status} (${fault.kind}).`);
  const models = list.read(parseJson(body.toString()));
  if (models) return models;
  throw new RelayError('upstream-broken', 'The upstream’s answer is no list of models: it may not have one.');
}

async function asked(answer: Promise<UpstreamAnswer>): Promise<UpstreamAnswer> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof TransportError) {
      throw new RelayError('upstream-broken', `The upstream could not be reached (${error.detail}).`, { cause: error });
    }
    if (!(error instanceof SecretUnreadable || error instanceof CredentialMissing)) throw error;
    throw new RelayError('accounts-unavailable', error.message, { cause: error });
  }
}
