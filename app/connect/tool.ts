import type { KeyPath } from './editors/editor.ts';
import type { ToolId } from './tool-id.ts';

/** This computer as its programs see it. */
export interface Computer {
  readonly home: string;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a tool is told: where we are, and by which key we know it. */
export interface Link {
  /** Without a path: `http://127.0.0.1:8484`. */
  readonly address: string;
  readonly secret: string;
}

export type Format = 'jsonc' | 'toml' | 'dotenv';

/** One key of a tool's file that is ours while it is connected. */
export interface OwnKey {
  readonly path: KeyPath;
  /** What stands there; `address` tells where the tool sends its requests. */
  readonly kind: 'address' | 'secret' | 'choice';
  value(link: Link): string;
}

export interface ToolFile {
  readonly file: string;
  readonly format: Format;
  readonly keys: readonly OwnKey[];
  /** The tool ignores the whole file when there are comments or trailing commas in it. */
  readonly isPlainJson?: boolean;
}

/** How a program is started so that it finds us without a file. */
export interface Launch {
  readonly variables: Readonly<Record<string, string>>;
  /** Variables that would speak against it. */
  readonly without?: readonly string[];
  readonly words: readonly string[];
}

export interface Tool {
  readonly id: ToolId;
  readonly name: string;
  /** Found on the PATH; what has none is found by its folder. */
  readonly program?: string;
  /** There once the tool was started on this computer. */
  folder(computer: Computer): string;
  /** Its version, where no program can be asked for it. */
  readVersion?(computer: Computer): Promise<string | undefined>;
  /** The published list of what we write. */
  files(computer: Computer): readonly ToolFile[];
  /** Variables that win over what is in its files, or send its requests elsewhere. */
  readonly overriding: readonly string[];
  launch?(link: Link): Launch;
}
