export const tools = ['claude', 'codex', 'gemini-cli', 'curl', 'anthropic', 'openai', 'gemini', 'key'] as const;
export type Tool = (typeof tools)[number];
export const systems = ['sh', 'powershell', 'cmd'] as const;
export type System = (typeof systems)[number];

/** As their makers call them. */
export const toolNames: Readonly<Record<Exclude<Tool, 'key'>, string>> = {
  claude: 'Claude Code',
  codex: 'Codex',
  'gemini-cli': 'Gemini CLI',
  curl: 'curl',
  anthropic: 'Anthropic SDK',
  openai: 'OpenAI SDK',
  gemini: 'Gemini SDK',
};
export const systemNames: Readonly<Record<System, string>> = {
  sh: 'macOS, Linux (sh)',
  powershell: 'Windows (PowerShell)',
  cmd: 'Windows (cmd)',
};
