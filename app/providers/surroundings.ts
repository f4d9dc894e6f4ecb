import type { ControlSend } from './oauth.ts';

/** What other tools keep on this computer for the person who works there. */
export interface Surroundings {
  /** Environment variables of those tools, as `config.ts` read them. */
  readonly variables: Readonly<Record<string, string>>;
  readonly homeDir: string;
  /** The text of a small file; undefined when it cannot be read. */
  readFile(path: string): Promise<string | undefined>;
}

export interface FindDeps extends Surroundings {
  readonly send: ControlSend;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** What came of looking for a credential that lies elsewhere. */
export type Found<Secret = unknown> =
  | {
      readonly kind: 'found';
      readonly secret: Secret;
      /** Epoch milliseconds from which it is looked for anew: before it ends, or because others may change it. */
      readonly lookAgainAt: number;
      /** Epoch milliseconds; undefined when it is not known to end. */
      readonly expiresAt?: number | undefined;
    }
  /** `detail` ends a sentence for people, without secrets. */
  | { readonly kind: 'missing'; readonly detail: string };
