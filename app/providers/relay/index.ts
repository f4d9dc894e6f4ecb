import * as z from 'zod';
import type { Headers } from '../../domain/headers.ts';
import { type ApiKeySecret, apiKeyFromText, apiKeySecret } from '../anthropic/credential.ts';
import { classify } from '../anthropic/errors.ts';
import { buildMessagesRequest } from '../anthropic/request.ts';
import { baseUrl, originOf } from '../base-url.ts';
import { anthropicModelList } from '../model-list.ts';
import type { Provider } from '../provider.ts';
import { withModelPrefix } from './model.ts';

const settings = z
  .strictObject({
    baseUrl: baseUrl.meta({
      title: 'Address',
      description: 'What a client of that relay would set as ANTHROPIC_BASE_URL; a path is kept.',
      examples: ['https://waystation.example.com', 'https://relay.example.com/api'],
    }),
    auth: z.enum(['x-api-key', 'bearer'], { error: 'Choose x-api-key or bearer.' }).optional().meta({
      title: 'Credential as',
      description:
        'Leave empty to decide by the key: x-api-key when it begins with wsk_, cr_ or sk-ant-, otherwise bearer.',
    }),
    authority: z
      .string()
      .max(20_000)
      .regex(/^-----BEGIN CERTIFICATE-----[\s\w+/=-]+-----END CERTIFICATE-----\s*$/, 'must be one certificate in PEM.')
      .optional()
      .meta({
        title: 'Authority',
        description: 'The certificate of its own authority, for a relay on your network; nobody else’s counts then.',
      }),
    modelPrefix: z
      .string()
      .regex(/^[!-~]{1,64}$/, 'A prefix has 1 to 64 characters and no blanks.')
      .optional()
      .meta({
        title: 'Model prefix',
        description: 'Put in front of every model name, for relays that choose an upstream by it, such as ccr,',
        examples: ['ccr,', 'bedrock/'],
      }),
  })
  .meta({ title: 'Another relay', description: 'Another Waystation, claude-relay-service, or any relay like them.' });

type Settings = z.infer<typeof settings>;

export const relay: Provider<Settings, ApiKeySecret> = {
  id: 'relay',
  label: 'Another relay',
  routes: ['messages', 'count-tokens'],
  models: ['claude-*'],
  isOpenEnded: true,
  modelList: anthropicModelList,
  settings,
  secret: apiKeySecret,
  secretFromText: apiKeyFromText,
  forwardsClientCredential: false,
  origin: (account) => originOf(account.baseUrl),
  buildRequest: (call) => {
    const { baseUrl: base, modelPrefix, authority } = call.settings;
    const body = call.body && modelPrefix !== undefined ? withModelPrefix(call.body, modelPrefix) : call.body;
    const request = buildMessagesRequest({ ...call, body }, base, credentialOf(call.settings, call.secret));
    return authority === undefined ? request : { ...request, authority };
  },
  classify,
};

/**
 * A relay's own keys go as `x-api-key`, the Messages API's own header, where no relay takes them for a claude.ai login;
 * keys that we do not know go as the bearer token that `ANTHROPIC_AUTH_TOKEN` would be.
 */
function credentialOf({ auth }: Settings, { apiKey }: ApiKeySecret): Headers {
  const kind = auth ?? (/^(?:wsk_|cr_|sk-ant-)/.test(apiKey) ? 'x-api-key' : 'bearer');
  return kind === 'x-api-key' ? { 'x-api-key': apiKey } : { authorization: `Bearer ${apiKey}` };
}
