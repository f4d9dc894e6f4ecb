import { routeFacts } from '../protocols/routes.ts';
import type { Statement } from '../store/store.ts';
import { tryAccount } from './attempt.ts';
import type { Outcome, Planned, Reply } from './call.ts';
import { maxAttempts, maxAttemptsMs } from './policy.ts';
import type { Release, RetryBudget } from './retry-budget.ts';
import { Tries, type TriesDeps } from './tries.ts';
import { type Taken, type TurnDeps, Turns } from './turns.ts';

export interface ForwardDeps extends TriesDeps, TurnDeps {
  readonly retries: RetryBudget;
  /** The upstream began to answer after `firstByteMs` (undefined where that says nothing); answers what to store. */
  answered(accountId: string, firstByteMs: number | undefined): readonly Statement[];
}

/** Tries the planned accounts in order until one commits. After admission nothing is thrown: the outcome is data. */
export async function forward(deps: ForwardDeps, call: Planned, reply: Reply): Promise<Outcome> {
  const end = deps.retries.begin();
  try {
    return await run(deps, call, reply);
  } finally {
    end();
  }
}

async function run(deps: ForwardDeps, call: Planned, reply: Reply): Promise<Outcome> {
  const turns = new Turns(deps, call);
  const tries = new Tries(deps, call);
  const startedAt = deps.clock.monotonic();
  const mayTry = () =>
    !call.signal.aborted &&
    tries.count < maxAttempts &&
    (tries.count === 0 || deps.clock.monotonic() - startedAt <= maxAttemptsMs);
  for (let taken = await turns.next(); taken; taken = mayTry() ? await turns.next() : undefined) {
    const outcome = await onAccount(deps, call, { turns, tries, taken, reply, mayTry });
    if (outcome) return outcome;
  }
  return tries.exhausted(turns.waits);
}

interface Course {
  readonly turns: Turns;
  readonly tries: Tries;
  readonly taken: Taken;
  readonly reply: Reply;
  mayTry(): boolean;
}

/** Everything that is tried on one account, whose place is given back at the end. Undefined: the next one, please. */
async function onAccount(deps: ForwardDeps, call: Planned, course: Course): Promise<Outcome | undefined> {
  const { turns, tries, taken, reply } = course;
  const { view } = taken;
  try {
    for (let repeats = true; repeats; ) {
      const release = await admitted(deps, call, course);
      if (!release) return tries.exhausted(turns.waits);
      const onHead = (firstByteMs: number) => {
        release();
        tries.note(deps.answered(view.account.id, isTelling(call) ? firstByteMs : undefined));
      };
      const tried = await tryAccount(deps, call, {
        view,
        reply,
        onHead,
        waitedMs: taken.waitedMs,
        number: tries.count + 1,
      });
      release();
      if (tried.kind === 'served') return tries.served(view, tried, turns.waits);
      const decision = await tries.decide(view, tried);
      const next = tries.faulted(view, tried, { decision, isLast: turns.isLast });
      if (tried.fault.kind === 'rate-limited') turns.mayReturn(view);
      if (next.stops || (next.repeats && !course.mayTry())) return tries.exhausted(turns.waits);
      repeats = next.repeats;
    }
    return undefined;
  } finally {
    deps.give(view.account.id);
  }
}

/** Thinking takes as long as it takes, and so does taking in a file. */
function isTelling({ facts, route }: Planned): boolean {
  return !facts.isThinking && routeFacts[route].isStored !== true;
}

/** The first try needs no permission; a retry waits for its turn. */
async function admitted(
  deps: ForwardDeps,
  { signal }: Planned,
  { tries, mayTry }: Course,
): Promise<Release | undefined> {
  if (tries.count === 0) return () => undefined;
  const release = await deps.retries.enter(signal);
  if (mayTry()) return release;
  release?.();
  return undefined;
}
