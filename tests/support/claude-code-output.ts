import type { ClaudeCodeResult } from './claude-code.ts';

/** One line of `--output-format stream-json`, as far as the tests look. */
export interface ClaudeCodeEvent {
  readonly type: string;
  readonly subtype?: string;
  readonly result?: string;
  readonly event?: { readonly type: string; readonly delta?: { readonly text?: string } };
}

export function eventsOf({ stdout }: ClaudeCodeResult): ClaudeCodeEvent[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** What a person sees at the end. */
export function finalText(result: ClaudeCodeResult): string | undefined {
  return eventsOf(result).findLast(({ type }) => type === 'result')?.result;
}

/** Text pieces in the order in which they came. */
export function pieces(result: ClaudeCodeResult): string[] {
  return eventsOf(result).flatMap(({ event }) => (event?.delta?.text === undefined ? [] : [event.delta.text]));
}
