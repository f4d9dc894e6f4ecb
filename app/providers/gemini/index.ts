import * as z from 'zod';
import { type ApiKeySecret, apiKeyFromText, apiKeySecret } from '../anthropic/credential.ts';
import { baseUrl, originOf } from '../base-url.ts';
import { geminiModelList } from '../model-list.ts';
import type { Provider } from '../provider.ts';
import { classify } from './errors.ts';
import { buildGeminiRequest } from './request.ts';

/** Where Google's Gemini API is when an account names no other address. */
const geminiBaseUrl = 'https://generativelanguage.googleapis.com';

const settings = z
  .strictObject({
    baseUrl: baseUrl
      .optional()
      .meta({ title: 'Address', description: `Leave empty for ${geminiBaseUrl}.`, examples: [geminiBaseUrl] }),
  })
  .meta({ title: 'Gemini API key', description: 'An API key of Google AI Studio.' });

type Settings = z.infer<typeof settings>;

export const gemini: Provider<Settings, ApiKeySecret> = {
  id: 'gemini',
  label: 'Gemini API key',
  routes: ['generate', 'gemini-count', 'gemini-embed'],
  models: ['gemini-*', 'gemma-*', 'learnlm-*'],
  modelList: geminiModelList,
  settings,
  secret: apiKeySecret,
  secretFromText: apiKeyFromText,
  forwardsClientCredential: false,
  origin: (account) => originOf(account.baseUrl ?? geminiBaseUrl),
  buildRequest: (call) => buildGeminiRequest(call, call.settings.baseUrl ?? geminiBaseUrl, call.secret.apiKey),
  classify,
};
