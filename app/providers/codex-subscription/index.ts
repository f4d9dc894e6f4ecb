import * as z from 'zod';
import { baseUrl, originOf } from '../base-url.ts';
import type { Provider } from '../provider.ts';
import { type CodexSecret, codexSecret, secretFromText } from './credential.ts';
import { classify } from './errors.ts';
import { EventWatcher } from './limit-events.ts';
import { readLimits } from './limits.ts';
import { buildCodexRequest } from './request.ts';
import { codexLogin, codexRenewal } from './sign-in.ts';

/** Where Codex itself goes when it is signed in with ChatGPT. */
const codexBaseUrl = 'https://chatgpt.com/backend-api/codex';

const settings = z
  .strictObject({
    baseUrl: baseUrl
      .optional()
      .meta({ title: 'Address', description: `Leave empty for ${codexBaseUrl}.`, examples: [codexBaseUrl] }),
  })
  .meta({ title: 'ChatGPT subscription', description: 'A sign-in with ChatGPT, for Codex alone.' });

type Settings = z.infer<typeof settings>;

export const codexSubscription: Provider<Settings, CodexSecret> = {
  id: 'codex-subscription',
  label: 'ChatGPT subscription (Codex)',
  routes: ['responses', 'responses-compact'],
  models: ['gpt-*', 'codex-*'],
  settings,
  secret: codexSecret,
  secretFromText,
  forwardsClientCredential: false,
  login: codexLogin,
  renewal: codexRenewal,
  onlyClient: 'codex',
  origin: (account) => originOf(account.baseUrl ?? codexBaseUrl),
  buildRequest: (call) => buildCodexRequest(call, call.settings.baseUrl ?? codexBaseUrl, call.secret),
  classify,
  readLimits,
  watchLimits: (_model, nowMs) => new EventWatcher(nowMs),
};
