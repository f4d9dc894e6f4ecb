import type { Connection } from '../connections/connection.ts';

const word = '"Say hello"';

/** One short question from a terminal; undefined for what is asked in a window of its own. */
export const commands: Readonly<Record<Connection['tool'], string | undefined>> = {
  'claude-code': `claude -p ${word}`,
  codex: `codex exec ${word}`,
  'gemini-cli': `gemini -p ${word}`,
  opencode: `opencode run ${word}`,
  'qwen-code': `qwen -p ${word}`,
  'vs-code': undefined,
};
