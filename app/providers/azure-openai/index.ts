import * as z from 'zod';
import type { Headers } from '../../domain/headers.ts';
import { type ApiKeySecret, apiKeyFromText, apiKeySecret } from '../anthropic/credential.ts';
import { baseUrl, originOf } from '../base-url.ts';
import { readLimits } from '../openai/limits.ts';
import { buildOpenAIRequest } from '../openai/request.ts';
import type { Provider } from '../provider.ts';
import { classify } from './errors.ts';
import { resolveAzure } from './path.ts';

const settings = z
  .strictObject({
    baseUrl: baseUrl.meta({
      title: 'Address',
      description: 'The endpoint of the Azure resource.',
      examples: ['https://my-resource.openai.azure.com'],
    }),
    mode: z.enum(['v1', 'classic'], { error: 'Choose v1 or classic.' }).optional().meta({
      title: 'API',
      description:
        'Leave empty for v1. Both ask for a deployment by its name: map models to deployments where the names differ.',
    }),
    apiVersion: z
      .string({ error: 'Give it as text.' })
      .regex(/^(?:\d{4}-\d{2}-\d{2}(?:-preview)?|preview|latest|v1)$/, 'Give a version such as 2024-10-21.')
      .optional()
      .meta({ title: 'API version', description: 'Leave empty for 2024-10-21 with classic and none with v1.' }),
    auth: z.enum(['api-key', 'bearer'], { error: 'Choose api-key or bearer.' }).optional().meta({
      title: 'Credential as',
      description: 'Leave empty to decide by the credential: bearer when it is an Entra ID token, otherwise api-key.',
    }),
  })
  .meta({ title: 'Azure OpenAI', description: 'Deployments of an Azure OpenAI or Foundry resource.' });

type Settings = z.infer<typeof settings>;

export const azureOpenAI: Provider<Settings, ApiKeySecret> = {
  id: 'azure-openai',
  label: 'Azure OpenAI',
  cloud: 'azure',
  // Chat first: classic versions that are generally available have no Responses.
  routes: ['chat', 'responses', 'responses-item', 'embeddings'],
  models: ['*'],
  isOpenEnded: true,
  settings,
  secret: apiKeySecret,
  secretFromText: apiKeyFromText,
  forwardsClientCredential: false,
  origin: (account) => originOf(account.baseUrl),
  buildRequest: (call) =>
    buildOpenAIRequest(call, resolveAzure(call.settings, call), credentialOf(call.settings, call.secret)),
  classify,
  readLimits,
};

function credentialOf({ auth }: Settings, { apiKey }: ApiKeySecret): Headers {
  // Entra ID tokens are JSON Web Tokens, which all begin like this.
  const kind = auth ?? (apiKey.startsWith('eyJ') ? 'bearer' : 'api-key');
  return kind === 'bearer' ? { authorization: `Bearer ${apiKey}` } : { 'api-key': apiKey };
}
