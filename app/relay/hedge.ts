import type { AccountView } from '../accounts/view.ts';
import { routeFacts } from '../protocols/routes.ts';
import type { AttemptDeps } from './answer.ts';
import { type AttemptOptions, type Tried, tryAccount } from './attempt.ts';
import type { Planned } from './call.ts';
import { maxAttempts } from './policy.ts';
import { type Lane, Race } from './race.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { Tries } from './tries.ts';

export interface HedgeDeps extends AttemptDeps {
  readonly retries: RetryBudget;
  /** How long a call waits for content before it is tried a second time beside the first; 0 for never. */
  hedgeAfterMs(): number;
  give(accountId: string): void;
}

export interface HedgeCourse extends Pick<AttemptOptions, 'view' | 'reply' | 'waitedMs'> {
  readonly tries: Tries;
  onHead(view: AccountView, firstByteMs: number): void;
  /** The same of the first account. */
  onOwnHead(firstByteMs: number): void;
  /** Gives back the place of the first account. */
  give(): void;
  /** Another account that is free at once, with its place taken. */
  beside(): Promise<AccountView | undefined>;
}

/** The try that counts. After two there is no third on the same account. */
export interface Ended {
  readonly view: AccountView;
  readonly tried: Tried;
  readonly isAlone: boolean;
}

/** A loser that has not ended by then is renewing its sign-in, and has sent nothing. */
const loserMs = 250;

/**
 * Whether a call may be tried twice at a time: a conversation that any account can serve, and not what one account holds
 * or is bound to, nor the client's own credential. A whole answer with thinking is silent for as long as it takes, which
 * is no sign of trouble.
 */
export function mayHedge(call: Planned, { forwardsClientCredential }: AccountView, { count }: Tries): boolean {
  const { route, facts, ask, placement } = call;
  if (!routeFacts[route].isConversation || placement !== undefined || ask.boundAccountId !== undefined) return false;
  return !forwardsClientCredential && count + 2 <= maxAttempts && (facts.isStream || !facts.isThinking);
}

/**
 * One try; when it has no content after a while, another one beside it. Whoever has content first serves the call, and
 * the other is cancelled. Undefined: the request itself was refused, and nobody else needs to be asked.
 */
export async function tryHedged(deps: HedgeDeps, call: Planned, course: HedgeCourse): Promise<Ended | undefined> {
  const race = new Race(call.signal, course.reply);
  try {
    const first = start(deps, call, { ...course, race, onHead: course.onOwnHead, number: course.tries.count + 1 });
    const isSlow = await hasNoContent(deps, call, { race, run: first });
    const second = isSlow ? await startBeside(deps, call, { ...course, race }) : undefined;
    if (!second) return { ...(await first.ended), isAlone: true };
    void first.ended.then(course.give, course.give);
    return await decided(deps, course.tries, { race, runs: [first, second] });
  } finally {
    race.cancelOthers();
  }
}

interface Start extends AttemptOptions {
  readonly race: Race;
}

/** One of the tries. */
interface Run {
  readonly lane: Lane;
  readonly view: AccountView;
  readonly startedAt: number;
  hasHead: boolean;
  readonly ended: Promise<Finish>;
}

interface Finish {
  readonly run: Run;
  readonly view: AccountView;
  readonly tried: Tried;
}

function start(deps: HedgeDeps, call: Planned, { race, ...to }: Omit<Start, 'reply'>): Run {
  const lane = race.enter();
  const { view } = to;
  const finish = async (): Promise<Finish> => {
    const onHead = (firstByteMs: number) => {
      run.hasHead = true;
      to.onHead(firstByteMs);
    };
    const tried = await tryAccount(deps, { ...call, signal: lane.signal }, { ...to, reply: lane, onHead });
    // A whole answer is here at once, and so is the end of a client that left.
    if (tried.kind === 'served') race.claim(lane);
    return { run, view, tried };
  };
  // The try begins a moment later, when there is something to write its head into.
  const run: Run = { lane, view, startedAt: deps.clock.now(), hasHead: false, ended: Promise.resolve().then(finish) };
  return run;
}

/** Waits for the end of a try, or until it is time for another one. */
async function hasNoContent(
  deps: HedgeDeps,
  { facts }: Planned,
  { race, run }: { readonly race: Race; readonly run: Run },
): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const cancel = deps.clock.after(deps.hedgeAfterMs(), () => resolve('late'));
  try {
    const first = await Promise.race([run.ended, late]);
    // Of an answer that comes whole the head is the first sign, and its content follows.
    return first === 'late' && !race.isWon && !race.signal.aborted && (facts.isStream || !run.hasHead);
  } finally {
    cancel();
  }
}

/** A second try on another account, if one is free and the retry budget allows it at once. */
async function startBeside(
  deps: HedgeDeps,
  call: Planned,
  course: HedgeCourse & { readonly race: Race },
): Promise<Run | undefined> {
  const release = deps.retries.tryEnter();
  if (!release) return undefined;
  const view = await course.beside();
  if (!view || course.race.isWon) {
    release();
    if (view) deps.give(view.account.id);
    return undefined;
  }
  const onHead = (firstByteMs: number) => {
    release();
    course.onHead(view, firstByteMs);
  };
  const run = start(deps, call, { race: course.race, view, onHead, waitedMs: 0, number: course.tries.count + 2 });
  const end = () => {
    release();
    deps.give(view.account.id);
  };
  void run.ended.then(end, end);
  return run;
}

interface Both {
  readonly race: Race;
  readonly runs: readonly [Run, Run];
}

async function decided(deps: HedgeDeps, tries: Tries, { race, runs }: Both): Promise<Ended | undefined> {
  const [first, second] = runs;
  const one = await Promise.race([first.ended, second.ended]);
  const other = one.run === first ? second : first;
  if (one.tried.kind === 'served' && race.claim(one.run.lane)) {
    await noteLoser(deps, tries, other);
    return { view: one.view, tried: one.tried, isAlone: false };
  }
  const next = await noteEnd(tries, one);
  if (next === 'stop' && !race.isWon) {
    race.cancelOthers();
    await noteLoser(deps, tries, other);
    return undefined;
  }
  const { view, tried } = await other.ended;
  return { view, tried, isAlone: false };
}

async function noteEnd(tries: Tries, { view, tried }: Finish): Promise<'stop' | undefined> {
  if (tried.kind === 'served') {
    tries.cancelled(tried);
    return undefined;
  }
  const decision = await tries.decide(view, tried, false);
  const { stops } = tries.faulted(view, tried, { decision, isLast: false, mayRepeat: false });
  return stops ? 'stop' : undefined;
}

/** It has been cancelled; what it still has to say is waited for, but not for long. */
async function noteLoser(deps: HedgeDeps, tries: Tries, { ended, view, startedAt }: Run): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const cancel = deps.clock.after(loserMs, () => resolve(undefined));
  const finish = await Promise.race([ended, late]);
  cancel();
  if (finish) await noteEnd(tries, finish);
  else tries.cancelledSilently({ accountId: view.account.id, startedAt });
}
