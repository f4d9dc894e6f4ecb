import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { writeWhole } from './write-whole.ts';

const schema = z.object({
  version: z.string(),
  /** The version before, while this one has not ended well yet. */
  previous: z.string().optional(),
  startedAt: z.number(),
  phase: z.enum(['running', 'ended']),
  /** When starts ended without a quit, newest last. */
  crashes: z.array(z.number()),
});
type Run = Readonly<z.output<typeof schema>>;

/** What the last start left behind. */
export interface LastRun {
  /** Three crashes within a minute: something of this start has to be left out. */
  readonly isCrashLoop: boolean;
  /** The version before the update after which nothing ended well. */
  readonly updatedFrom?: string | undefined;
}

const loopMs = 60_000;
const loopCrashes = 3;

/** Says of each start how it ended, so that the next one repairs what a kill left behind. */
export class RunJournal {
  readonly #path: string;
  readonly last: LastRun;
  #run: Run;

  constructor(dataDir: string, { version, now }: { readonly version: string; readonly now: number }) {
    this.#path = join(dataDir, 'desktop-run.json');
    const before = read(this.#path);
    const crashes = crashesOf(before, now);
    const previous = before && before.version !== version ? before.version : before?.previous;
    const recent = crashes.filter((at) => now - at < loopMs);
    this.last = {
      isCrashLoop: recent.length >= loopCrashes,
      updatedFrom: previous,
    };
    // Whoever starts in safe mode begins to count anew.
    const counted = this.last.isCrashLoop ? [] : recent;
    this.#run = { version, previous, startedAt: now, phase: 'running', crashes: counted };
    this.#write();
  }

  ended(): void {
    this.#run = { ...this.#run, previous: undefined, phase: 'ended', crashes: [] };
    this.#write();
  }

  #write(): void {
    writeWhole(this.#path, JSON.stringify(this.#run));
  }
}

/** When a start without an end ended is not known: it counts from when it began, which is never later. */
function crashesOf(before: Run | undefined, now: number): readonly number[] {
  if (!before || before.phase === 'ended') return [];
  const at = Math.min(before.startedAt, now);
  return [...before.crashes, at];
}

function read(path: string): Run | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
