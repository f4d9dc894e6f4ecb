import { RelayError } from '../../domain/errors.ts';
import { parseSpan, scanObject } from '../../protocols/json-scan.ts';
import { buildOpenAIRequest, resolveApi } from '../openai/request.ts';
import type { UpstreamCall, UpstreamRequest } from '../provider.ts';
import type { CodexSecret } from './credential.ts';

/** The client's own request, with the account's token and id. Throws `request-invalid` for what this upstream cannot do. */
export function buildCodexRequest(call: UpstreamCall, base: string, secret: CodexSecret): UpstreamRequest {
  const target = resolveApi(base, call.path, true);
  if (call.body) checkStore(call.route, call.body);
  return buildOpenAIRequest(call, target, {
    authorization: `Bearer ${secret.accessToken}`,
    'chatgpt-account-id': secret.accountId,
  });
}

/** Nothing is kept there: a response that its client expects to be stored is better served by another account. */
function checkStore(route: UpstreamCall['route'], body: Uint8Array): void {
  const span = scanObject(body).get('store');
  if (route === 'responses-compact') {
    if (span) throw cannot('The field store has no place in a request to compact. Leave it out.');
    return;
  }
  if (span && parseSpan(body, span) === false) return;
  throw cannot('A ChatGPT subscription stores no responses. Send the field store as false.');
}

function cannot(message: string): RelayError {
  return new RelayError('request-invalid', message);
}
