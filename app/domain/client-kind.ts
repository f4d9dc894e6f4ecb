/** Programs that we can tell apart. A soft check: whoever wants to can look like any of them. */
export type ClientKind = 'claude-code' | 'codex' | 'gemini-cli';
