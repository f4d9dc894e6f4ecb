import type { Tool } from './tool.ts';
import type { ToolId } from './tool-id.ts';
import { claudeCode } from './tools/claude-code.ts';
import { codex } from './tools/codex.ts';
import { geminiCli } from './tools/gemini-cli.ts';
import { opencode } from './tools/opencode.ts';
import { qwenCode } from './tools/qwen-code.ts';
import { vsCode } from './tools/vs-code.ts';

/** In the order they are shown. */
export const tools: readonly Tool[] = [claudeCode, codex, geminiCli, opencode, qwenCode, vsCode];

export function toolOf(id: ToolId): Tool | undefined {
  return tools.find((tool) => tool.id === id);
}
