import type { ClientKind } from '../domain/client-kind.ts';
import type { RequestFacts } from '../domain/facts.ts';
import type { Headers } from '../domain/headers.ts';

type Facts = Pick<RequestFacts, 'bodySessionId'>;

/**
 * The program that a call seems to come from; undefined for every other. NOTE: a soft check. It keeps honest programs where
 * their terms want them, and does not stop one that takes the trouble to look like another.
 */
export function clientKindOf(headers: Headers, facts: Facts): ClientKind | undefined {
  const agent = headers['user-agent'] ?? '';
  if (agent.startsWith('claude-cli/')) return isClaudeCode(agent, headers, facts) ? 'claude-code' : undefined;
  if (agent.startsWith('codex')) return isCodex(agent, headers) ? 'codex' : undefined;
  return /^GeminiCLI(?:-[\w-]+)?\/\d/.test(agent) ? 'gemini-cli' : undefined;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Other tools send its user agent and `x-app` too (Qwen Code does), but not the session that it names in two places. */
function isClaudeCode(agent: string, headers: Headers, { bodySessionId }: Facts): boolean {
  if (!/^claude-cli\/\d+\.\d+\.\d+\S* \(external, [\w-]+/.test(agent) || headers['x-app'] !== 'cli') return false;
  const session = headers['x-claude-code-session-id'] ?? '';
  if (!uuid.test(session)) return false;
  if (bodySessionId !== undefined) return bodySessionId === session;
  // Counting tokens has no metadata, but says which beta it is.
  return /(?:^|,)\s*claude-code-\d/.test(headers['anthropic-beta'] ?? '');
}

function isCodex(agent: string, headers: Headers): boolean {
  const originator = headers['originator'] ?? '';
  return /^codex[\w-]*$/i.test(originator) && agent.startsWith(`${originator}/`);
}
