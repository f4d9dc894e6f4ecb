import type { Account } from '../../components/account-state.tsx';
import type { Connection } from '../connections/connection.ts';

type Tool = Connection['tool'];
type Provider = Account['provider'];

const claude: readonly Provider[] = ['anthropic', 'claude-console', 'bedrock', 'relay'];
const gpt: readonly Provider[] = ['openai', 'openai-compatible', 'azure-openai', 'relay'];

/** Whose accounts serve a tool as it comes out of the box: a tool that is connected without one of them has nowhere to go. */
const servedBy: Readonly<Record<Tool, readonly Provider[]>> = {
  'claude-code': [...claude, 'claude-subscription', 'anthropic-passthrough'],
  'vs-code': [...claude, 'claude-subscription', 'anthropic-passthrough'],
  codex: [...gpt, 'codex-subscription'],
  'gemini-cli': ['gemini', 'gemini-code-assist', 'relay'],
  opencode: [...claude, ...gpt],
  'qwen-code': gpt,
};

export function isServed(tool: Tool, accounts: readonly Account[]): boolean {
  return accounts.some(({ provider }) => servedBy[tool].includes(provider));
}
