import type { AccountView } from '../accounts/view.ts';
import { routeFacts } from '../protocols/routes.ts';
import type { Statement } from '../store/store.ts';
import { tryAccount } from './attempt.ts';
import type { Outcome, Planned, Reply } from './call.ts';
import { type Ended, type HedgeDeps, mayHedge, tryHedged } from './hedge.ts';
import { maxAttempts, maxAttemptsMs } from './policy.ts';
import { once, type Release, type RetryBudget } from './retry-budget.ts';
import { Tries, type TriesDeps } from './tries.ts';
import { type Taken, type TurnDeps, Turns } from './turns.ts';

export interface ForwardDeps extends TriesDeps, TurnDeps, HedgeDeps {
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
  const { turns, tries, taken } = course;
  const give = once(() => deps.give(taken.view.account.id));
  try {
    for (let repeats = true; repeats; ) {
      const release = await admitted(deps, call, course);
      if (!release) return tries.exhausted(turns.waits);
      const ended = await tryOnce(deps, call, { ...course, release, give });
      release();
      if (!ended) return tries.exhausted(turns.waits);
      const { view, tried, isAlone: mayRepeat } = ended;
      if (tried.kind === 'served') return tries.served(view, tried, turns.waits);
      const decision = await tries.decide(view, tried, mayRepeat);
      const next = tries.faulted(view, tried, { decision, isLast: turns.isLast, mayRepeat });
      if (tried.fault.kind === 'rate-limited') turns.mayReturn(view);
      if (next.stops || (next.repeats && !course.mayTry())) return tries.exhausted(turns.waits);
      repeats = next.repeats;
    }
    return undefined;
  } finally {
    give();
  }
}

interface Step extends Course {
  release(): void;
  give(): void;
}

/** One try, with another one beside it when it is slow and that is wanted. */
async function tryOnce(deps: ForwardDeps, call: Planned, step: Step): Promise<Ended | undefined> {
  const { tries, turns, reply, release, give } = step;
  const { view, waitedMs } = step.taken;
  const onHead = (of: AccountView, firstByteMs: number) => {
    tries.note(deps.answered(of.account.id, isTelling(call) ? firstByteMs : undefined));
  };
  const onOwnHead = (firstByteMs: number) => {
    release();
    onHead(view, firstByteMs);
  };
  if (deps.hedgeAfterMs() > 0 && mayHedge(call, view, tries)) {
    const beside = () => turns.beside();
    return await tryHedged(deps, call, { view, waitedMs, reply, tries, give, beside, onHead, onOwnHead });
  }
  const options = { view, waitedMs, reply, onHead: onOwnHead, number: tries.count + 1 };
  return { view, tried: await tryAccount(deps, call, options), isAlone: true };
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
