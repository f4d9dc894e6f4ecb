import * as z from 'zod';
import { baseUrl, originOf } from '../base-url.ts';
import { anthropicModelList } from '../model-list.ts';
import type { Provider } from '../provider.ts';
import { type ApiKeySecret, apiKeyFromText, apiKeySecret } from './credential.ts';
import { classify } from './errors.ts';
import { readLimits } from './limits.ts';
import { buildMessagesRequest } from './request.ts';

/** Where Anthropic's API is when an account names no other address. */
export const anthropicBaseUrl = 'https://api.anthropic.com';

const settings = z
  .strictObject({
    baseUrl: baseUrl
      .optional()
      .meta({ title: 'Address', description: `Leave empty for ${anthropicBaseUrl}.`, examples: [anthropicBaseUrl] }),
  })
  .meta({ title: 'Anthropic API key', description: 'An API key of the Claude Console, billed by use.' });

type Settings = z.infer<typeof settings>;

export const anthropic: Provider<Settings, ApiKeySecret> = {
  id: 'anthropic',
  label: 'Anthropic API key',
  routes: ['messages', 'count-tokens', 'message-batches', 'files'],
  models: ['claude-*'],
  modelList: anthropicModelList,
  settings,
  secret: apiKeySecret,
  secretFromText: apiKeyFromText,
  forwardsClientCredential: false,
  origin: (account) => originOf(account.baseUrl ?? anthropicBaseUrl),
  buildRequest: (call) =>
    buildMessagesRequest(call, call.settings.baseUrl ?? anthropicBaseUrl, { 'x-api-key': call.secret.apiKey }),
  classify,
  readLimits,
};
