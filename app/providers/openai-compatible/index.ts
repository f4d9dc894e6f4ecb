import * as z from 'zod';
import { type ApiKeySecret, apiKeyFromText, apiKeySecret } from '../anthropic/credential.ts';
import { balanceSourceAt } from '../balances.ts';
import { baseUrl, originOf } from '../base-url.ts';
import { openAIModelList } from '../model-list.ts';
import { classify } from '../openai/errors.ts';
import { readLimits } from '../openai/limits.ts';
import { buildOpenAIRequest, resolveApi } from '../openai/request.ts';
import type { Provider } from '../provider.ts';

const settings = z
  .strictObject({
    baseUrl: baseUrl.meta({
      title: 'Address',
      description: 'What a client would set as OPENAI_BASE_URL, with or without /v1; a path is kept.',
      examples: ['https://api.example.com/v1', 'http://127.0.0.1:11434'],
    }),
    version: z.enum(['added', 'none'], { error: 'Choose added or none.' }).optional().meta({
      title: 'Version in the path',
      description: 'Leave empty to decide by the address: /v1 is added unless its path names a version already.',
    }),
  })
  .meta({ title: 'OpenAI-compatible address', description: 'Any service that speaks OpenAI’s chat completions.' });

type Settings = z.infer<typeof settings>;

export const openaiCompatible: Provider<Settings, ApiKeySecret> = {
  id: 'openai-compatible',
  label: 'OpenAI-compatible address',
  routes: ['chat', 'completions', 'embeddings'],
  models: ['*'],
  isOpenEnded: true,
  modelList: openAIModelList,
  settings,
  secret: apiKeySecret,
  secretFromText: apiKeyFromText,
  forwardsClientCredential: false,
  origin: (account) => originOf(account.baseUrl),
  buildRequest: (call) =>
    buildOpenAIRequest(call, resolveApi(call.settings.baseUrl, call.path, isWhole(call.settings)), {
      authorization: `Bearer ${call.secret.apiKey}`,
    }),
  classify,
  readLimits,
  balanceSource: (account) => balanceSourceAt(originOf(account.baseUrl)),
};

/** `/v1`, `/api/paas/v4` and `/v1beta/openai` are whole; `/openai` is not. */
function isWhole(account: Settings): boolean {
  if (account.version !== undefined) return account.version === 'none';
  return /\/v\d+(?:(?:alpha|beta)\d*)?(?:\/|$)/i.test(new URL(account.baseUrl).pathname);
}
