import type { Clock } from '../app/domain/clock.ts';

export interface QuitSteps {
  readonly clock: Clock;
  /** Gives connected tools their own settings back, where the person chose so. */
  readonly restoreTools?: (() => Promise<void>) | undefined;
  /** Refuses new calls, lets running ones end, writes what is left. */
  stopRelay(): Promise<void>;
  /** Told when all of it is done. */
  readonly journal: { ended(): void };
  warn(message: string): void;
}

/** A person who quits waits no longer than this; the next start repairs what was left. */
export const quitBudgetMs = 5_000;

/** Everything that has to happen before the process may go. Answers whether the relay came to its end. */
export async function quitInOrder(steps: QuitSteps): Promise<boolean> {
  const { clock, restoreTools, journal, stopRelay, warn } = steps;
  const { promise: tooLate, resolve } = Promise.withResolvers<'too-late'>();
  const cancel = clock.after(quitBudgetMs, () => resolve('too-late'));
  const tell = (error: unknown) => warn(`Quitting did not finish: ${String(error)}`);
  // Tools first: from the moment calls are refused, they must not look here any more.
  const all = (async () => {
    // A tool that cannot be changed is told at the next start; the relay stops all the same.
    await restoreTools?.().catch(tell);
    await stopRelay();
    return 'done' as const;
  })().catch((error: unknown) => {
    tell(error);
    return 'failed' as const;
  });
  const outcome = await Promise.race([all, tooLate]);
  cancel();
  if (outcome === 'done') journal.ended();
  return outcome === 'done';
}
