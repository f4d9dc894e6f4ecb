import { createAssistUnwrapper } from '../../protocols/gemini/assist-answer.ts';
import { originOf } from '../base-url.ts';
import type { Provider } from '../provider.ts';
import { type CodeAssistSecret, codeAssistSecret, secretFromText } from './credential.ts';
import { classify } from './errors.ts';
import { login, renewal } from './login.ts';
import { askQuota } from './quota.ts';
import { buildCodeAssistRequest } from './request.ts';
import { baseOf, type Settings, settings } from './settings.ts';

export const geminiCodeAssist: Provider<Settings, CodeAssistSecret> = {
  id: 'gemini-code-assist',
  label: 'Gemini Code Assist (Google sign-in)',
  routes: ['generate', 'gemini-count', 'assist-generate', 'assist-count', 'assist-control'],
  models: ['gemini-*'],
  settings,
  secret: codeAssistSecret,
  secretFromText,
  forwardsClientCredential: false,
  login,
  renewal,
  onlyClient: 'gemini-cli',
  origin: (account) => originOf(baseOf(account)),
  buildRequest: (call) =>
    buildCodeAssistRequest(call, {
      base: baseOf(call.settings),
      accessToken: call.secret.accessToken,
      project: call.settings.project ?? call.secret.project,
    }),
  classify,
  askLimits: askQuota,
  // A client of Code Assist gets its bytes as they come.
  createReframer: (_isStream, route) => (route === 'generate' ? createAssistUnwrapper() : undefined),
};
