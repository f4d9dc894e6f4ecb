/** What programs call themselves, and what people call them. */
const known: Readonly<Record<string, string>> = {
  'claude-cli': 'Claude Code',
  codex_cli_rs: 'Codex',
  codex_exec: 'Codex',
  codex_vscode: 'Codex',
  'codex-tui': 'Codex',
};

/** The program behind a user agent, without its version; null when it names none. */
export function toolName(userAgent: string): string | null {
  const [product = ''] = userAgent.trim().split(/[/\s(]/, 1);
  if (product === '') return null;
  if (product.startsWith('GeminiCLI')) return 'Gemini CLI';
  return Object.hasOwn(known, product) ? (known[product] ?? product) : product;
}
