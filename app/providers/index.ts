import { anthropic } from './anthropic/index.ts';
import { anthropicPassthrough } from './anthropic-passthrough/index.ts';
import { azureOpenAI } from './azure-openai/index.ts';
import { bedrock } from './bedrock/index.ts';
import { claudeConsole } from './claude-console/index.ts';
import { claudeSubscription } from './claude-subscription/index.ts';
import { codexSubscription } from './codex-subscription/index.ts';
import { gemini } from './gemini/index.ts';
import { geminiCodeAssist } from './gemini-code-assist/index.ts';
import { openai } from './openai/index.ts';
import { openaiCompatible } from './openai-compatible/index.ts';
import type { Provider } from './provider.ts';
import type { ProviderId } from './provider-id.ts';
import { relay } from './relay/index.ts';

/** Every kind of upstream that Waystation can use. */
export const providers: ReadonlyMap<ProviderId, Provider> = new Map<ProviderId, Provider>(
  [
    anthropic,
    claudeConsole,
    anthropicPassthrough,
    claudeSubscription,
    bedrock,
    relay,
    openai,
    openaiCompatible,
    azureOpenAI,
    codexSubscription,
    gemini,
    geminiCodeAssist,
  ].map((provider: Provider) => [provider.id, provider]),
);
