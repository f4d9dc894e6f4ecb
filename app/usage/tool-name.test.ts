import { expect, test } from 'vitest';
import { toolName } from './tool-name.ts';

test.each([
  ['claude-cli/2.1.0 (external, cli)', 'Claude Code'],
  ['codex_cli_rs/0.50.0 (Linux)', 'Codex'],
  ['GeminiCLI-vscode/0.20.0/gemini-3-pro (linux; x64)', 'Gemini CLI'],
  ['Anthropic/Python 0.70.0', 'Anthropic'],
  ['constructor', 'constructor'],
  ['curl', 'curl'],
  ['', null],
])('%j is %j', (userAgent, expected) => {
  expect(toolName(userAgent)).toBe(expected);
});
