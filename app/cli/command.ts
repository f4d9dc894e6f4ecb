import type { FlagValues } from './flags.ts';
import type { CliIo } from './io.ts';
import type { Page } from './page.ts';

export interface Flag {
  readonly type: 'string' | 'boolean';
  /** May be given several times. */
  readonly multiple?: boolean;
  /** Placeholder of the value in the help. */
  readonly value?: string;
  readonly text: string;
}

export type Flags = Readonly<Record<string, Flag>>;

/** What a command has to say: one JSON document for scripts, or text for people. */
export interface Answer {
  readonly json: unknown;
  text(page: Page): string;
}

export interface Invocation {
  /** The first word after the command, when it takes any. */
  readonly argument: string | undefined;
  /** All of them. */
  readonly words: readonly string[];
  /** What stands behind `--`, for another program. */
  readonly rest: readonly string[];
  readonly flags: FlagValues;
  readonly isJson: boolean;
  readonly io: CliIo;
  /** Answers the exit code, for `return call.print(…)`. */
  print(answer: Answer, exitCode?: number): number;
}

export interface Command {
  /** The words that call it, such as `account add`. */
  readonly name: string;
  readonly summary: string;
  /** Placeholders of the words it takes, with a blank between them; in brackets what can be left out. */
  readonly argument?: string;
  readonly flags: Flags;
  /** Hands on what stands behind `--`. */
  readonly takesRest?: boolean;
  /** Further lines of its help. */
  readonly notes?: readonly string[];
  run(call: Invocation): Promise<number>;
}
