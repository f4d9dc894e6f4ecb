import { originOf } from '../base-url.ts';
import type { Provider } from '../provider.ts';
import { findInChain } from './chain.ts';
import { type BedrockSecret, bedrockSecret, secretFromText } from './credential.ts';
import { classify, encodeRefusal } from './errors.ts';
import { BedrockReframer } from './reframer.ts';
import { buildRequest, endpointOf } from './request.ts';
import { type BedrockSettings, bedrockSettings } from './settings.ts';

export const bedrock: Provider<BedrockSettings, BedrockSecret> = {
  id: 'bedrock',
  label: 'Amazon Bedrock',
  cloud: 'bedrock',
  routes: ['messages'],
  models: ['claude-*', 'anthropic.*', '*.anthropic.*', 'arn:aws*:bedrock:*'],
  settings: bedrockSettings,
  secret: bedrockSecret,
  secretFromText,
  async findSecret({ settings, secret }, deps) {
    if (secret.kind === 'default-chain') return await findInChain(secret, settings, deps);
    return { kind: 'found', secret, lookAgainAt: Number.POSITIVE_INFINITY };
  },
  forwardsClientCredential: false,
  origin: (account) => originOf(endpointOf(account)),
  buildRequest,
  classify,
  encodeRefusal,
  createReframer: (isStream) => (isStream ? new BedrockReframer() : undefined),
};
