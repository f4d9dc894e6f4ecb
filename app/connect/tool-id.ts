// Of the page's contract too: nothing of Node.

export const toolIds = ['claude-code', 'codex', 'gemini-cli', 'opencode', 'qwen-code', 'vs-code'] as const;
export type ToolId = (typeof toolIds)[number];
