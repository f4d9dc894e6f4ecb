/** Every kind of upstream by its id, which scripts and stored accounts use: it never changes. */
export const providerIds = [
  'anthropic',
  'claude-console',
  'anthropic-passthrough',
  'claude-subscription',
  'bedrock',
  'relay',
  'openai',
  'openai-compatible',
  'azure-openai',
  'codex-subscription',
  'gemini',
  'gemini-code-assist',
] as const;

export type ProviderId = (typeof providerIds)[number];
