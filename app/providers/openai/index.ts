import * as z from 'zod';
import { type ApiKeySecret, apiKeyFromText, apiKeySecret } from '../anthropic/credential.ts';
import { baseUrl, originOf, resolveAt } from '../base-url.ts';
import { openAIModelList } from '../model-list.ts';
import type { Provider } from '../provider.ts';
import { classify } from './errors.ts';
import { readLimits } from './limits.ts';
import { buildOpenAIRequest } from './request.ts';

const openAIBaseUrl = 'https://api.openai.com/v1';

const headerText = z
  .string({ error: 'Give it as text.' })
  .regex(/^[!-~]{1,128}$/, 'Give the id alone: no blanks, at most 128 characters.');

const settings = z
  .strictObject({
    baseUrl: baseUrl
      .optional()
      .meta({ title: 'Address', description: `Leave empty for ${openAIBaseUrl}.`, examples: [openAIBaseUrl] }),
    organization: headerText
      .optional()
      .meta({ title: 'Organization', description: 'Only for keys that belong to several.', examples: ['org-example'] }),
    project: headerText
      .optional()
      .meta({ title: 'Project', description: 'Only for keys that are not bound to one.', examples: ['proj_example'] }),
  })
  .meta({ title: 'OpenAI API key', description: 'An API key of the OpenAI platform, billed by use.' });

type Settings = z.infer<typeof settings>;

export const openai: Provider<Settings, ApiKeySecret> = {
  id: 'openai',
  label: 'OpenAI API key',
  routes: [
    'responses',
    'chat',
    'responses-compact',
    'responses-item',
    'completions',
    'embeddings',
    'images',
    'conversations',
    'openai-files',
    'openai-batches',
  ],
  models: [
    'gpt-*',
    'chatgpt-*',
    'o1*',
    'o3*',
    'o4*',
    'codex-*',
    'dall-e-*',
    'text-embedding-*',
    'davinci-*',
    'babbage-*',
    'ft:*',
  ],
  modelList: openAIModelList,
  settings,
  secret: apiKeySecret,
  secretFromText: apiKeyFromText,
  forwardsClientCredential: false,
  origin: (account) => originOf(account.baseUrl ?? openAIBaseUrl),
  buildRequest: (call) =>
    buildOpenAIRequest(call, resolveAt(call.settings.baseUrl ?? openAIBaseUrl, call.path), {
      authorization: `Bearer ${call.secret.apiKey}`,
      'openai-organization': call.settings.organization,
      'openai-project': call.settings.project,
    }),
  classify,
  readLimits,
};
