import * as z from 'zod';
import type { Headers } from '../../domain/headers.ts';
import { type ApiKeySecret, apiKeyFromText, apiKeySecret } from '../anthropic/credential.ts';
import { classify } from '../anthropic/errors.ts';
import { readLimits } from '../anthropic/limits.ts';
import { buildMessagesRequest } from '../anthropic/request.ts';
import { baseUrl, originOf } from '../base-url.ts';
import { anthropicModelList } from '../model-list.ts';
import type { Provider } from '../provider.ts';

const settings = z
  .strictObject({
    baseUrl: baseUrl.meta({
      title: 'Address',
      description: 'What a client would set as ANTHROPIC_BASE_URL; a path is kept.',
      examples: ['https://relay.example.com/claude'],
    }),
    auth: z.enum(['x-api-key', 'bearer'], { error: 'Choose x-api-key or bearer.' }).optional().meta({
      title: 'Credential as',
      description: 'Leave empty to decide by the key: x-api-key when it begins with sk-ant-, otherwise bearer.',
    }),
  })
  .meta({ title: 'Anthropic-compatible address', description: 'Any service that speaks the Messages API.' });

type Settings = z.infer<typeof settings>;

export const claudeConsole: Provider<Settings, ApiKeySecret> = {
  id: 'claude-console',
  label: 'Anthropic-compatible address',
  routes: ['messages', 'count-tokens'],
  models: ['claude-*', '*'],
  isOpenEnded: true,
  modelList: anthropicModelList,
  settings,
  secret: apiKeySecret,
  secretFromText: apiKeyFromText,
  forwardsClientCredential: false,
  origin: (account) => originOf(account.baseUrl),
  buildRequest: (call) => buildMessagesRequest(call, call.settings.baseUrl, credentialOf(call.settings, call.secret)),
  classify,
  readLimits,
};

function credentialOf({ auth }: Settings, { apiKey }: ApiKeySecret): Headers {
  const kind = auth ?? (apiKey.startsWith('sk-ant-') ? 'x-api-key' : 'bearer');
  return kind === 'x-api-key' ? { 'x-api-key': apiKey } : { authorization: `Bearer ${apiKey}` };
}
