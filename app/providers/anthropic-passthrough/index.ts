import * as z from 'zod';
import { RelayError } from '../../domain/errors.ts';
import type { Headers } from '../../domain/headers.ts';
import { classify } from '../anthropic/errors.ts';
import { anthropicBaseUrl } from '../anthropic/index.ts';
import { buildMessagesRequest } from '../anthropic/request.ts';
import { baseUrl, originOf } from '../base-url.ts';
import type { Provider } from '../provider.ts';

const settings = z
  .strictObject({
    baseUrl: baseUrl
      .optional()
      .meta({ title: 'Address', description: `Leave empty for ${anthropicBaseUrl}.`, examples: [anthropicBaseUrl] }),
  })
  .meta({
    title: 'The client’s own sign-in',
    description: 'Forwards the credential that the client brings, unchanged, and stores none.',
  });

type Settings = z.infer<typeof settings>;

export const anthropicPassthrough: Provider<Settings, undefined> = {
  id: 'anthropic-passthrough',
  label: 'The client’s own sign-in',
  routes: ['messages', 'count-tokens', 'message-batches', 'files'],
  models: ['claude-*'],
  settings,
  secret: undefined,
  forwardsClientCredential: true,
  origin: (account) => originOf(account.baseUrl ?? anthropicBaseUrl),
  buildRequest: (call) =>
    buildMessagesRequest(call, call.settings.baseUrl ?? anthropicBaseUrl, credentialOf(call.clientCredential)),
  classify,
};

/** Both headers when the client sent both: which of them counts is for the upstream to say. */
function credentialOf(brought: Headers | undefined): Headers {
  const { authorization, 'x-api-key': apiKey } = brought ?? {};
  if (authorization === undefined && apiKey === undefined) {
    throw new RelayError('key-missing', 'This account forwards your own credential. Sign in to your client first.');
  }
  return { authorization, 'x-api-key': apiKey };
}
