import type { LastTest } from '../accounts/checks.ts';
import type { HealthEvent } from '../accounts/health-event.ts';
import type { AfterRefusal } from '../accounts/refresher.ts';
import type { AccountError } from '../accounts/timeline.ts';
import type { AccountView } from '../accounts/view.ts';
import type { Clock } from '../domain/clock.ts';
import { newId } from '../domain/ids.ts';
import type { Locks } from '../state/state.ts';
import type { Statement } from '../store/store.ts';
import type { Checked } from './check-account.ts';
import { decide, decideRefused } from './policy.ts';

export interface ScheduledTestDeps {
  readonly clock: Clock;
  readonly locks: Locks;
  accounts(): readonly AccountView[];
  /** Its place at the account, as of any call; false when it cannot take one now. */
  take(accountId: string): boolean | Promise<boolean>;
  give(accountId: string): void;
  check(view: AccountView): Promise<Checked>;
  /** Which secret a test will use. */
  secretRevision(accountId: string): Promise<number | undefined>;
  credentialRefused(accountId: string, secretRevision: number | undefined): Promise<AfterRefusal>;
  applyHealth(accountId: string, event: HealthEvent): readonly Statement[];
  answered(accountId: string): readonly Statement[];
  noteError(accountId: string, error: AccountError): readonly Statement[];
  lastTest(accountId: string): Promise<LastTest | undefined>;
  keepTest(accountId: string, test: LastTest): Statement;
  write(statements: readonly Statement[]): Promise<void>;
  /** After a test that went well. */
  refreshBalance(view: AccountView): Promise<void>;
  /** From 0 to 1. */
  random(): number;
  warn(message: string): void;
}

/** How often it is looked whether a test is due. */
const lookEveryMs = 10_000;
/** Accounts with the same interval are not tested at the same moment, nor always at the same time of an hour. */
const jitter = 0.1;
const lockMs = 120_000;

/** Tests accounts whose owner wants it, from time to time. What a test meets has the effects that it has for any call. */
export class ScheduledTests {
  readonly #deps: ScheduledTestDeps;
  /** When each account is next due, and for which interval that was drawn. */
  readonly #due = new Map<string, { readonly at: number; readonly everyMs: number }>();
  #cancel: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(deps: ScheduledTestDeps) {
    this.#deps = deps;
  }

  start(): void {
    if (this.#isStopped) return;
    this.#cancel = this.#deps.clock.after(lookEveryMs, () => {
      this.#running = this.look().finally(() => this.start());
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#running;
  }

  /** Tests whoever is due, one after the other. Never rejects: a test that could not be made is made another time. */
  async look(): Promise<void> {
    for (const view of this.#deps.accounts()) {
      if (this.#isStopped) return;
      try {
        await this.#lookAt(view);
      } catch (error) {
        this.#deps.warn(`An account could not be tested: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  async #lookAt(view: AccountView): Promise<void> {
    const { id, care } = view.account;
    const { testEveryMs: everyMs } = care;
    if (everyMs === undefined) return void this.#due.delete(id);
    const due = await this.#dueAt(id, everyMs);
    if (this.#deps.clock.now() < due) return;
    // Other nodes test it too: whoever is first does.
    await this.#deps.locks.tryRun(`account-test:${id}`, lockMs, async () => {
      const isTested = (await this.#deps.lastTest(id))?.at ?? 0;
      if (isTested + everyMs * (1 - jitter) <= this.#deps.clock.now()) await this.#testInTurn(view);
    });
    this.#draw(id, everyMs, this.#deps.clock.now());
  }

  async #dueAt(id: string, everyMs: number): Promise<number> {
    const known = this.#due.get(id);
    if (known?.everyMs === everyMs) return known.at;
    const last = await this.#deps.lastTest(id);
    // The first one comes soon: whoever has just asked for it wants to see it.
    return last ? this.#draw(id, everyMs, last.at) : this.#drawn(id, everyMs, this.#deps.clock.now());
  }

  #draw(id: string, everyMs: number, from: number): number {
    return this.#drawn(id, everyMs, from + everyMs * (1 - jitter + 2 * jitter * this.#deps.random()));
  }

  #drawn(id: string, everyMs: number, at: number): number {
    this.#due.set(id, { at, everyMs });
    return at;
  }

  /** An account that can take no call now is no more tested than called. */
  async #testInTurn(view: AccountView): Promise<void> {
    const { id } = view.account;
    if (!(await this.#deps.take(id))) return;
    try {
      await this.#test(view);
    } finally {
      this.#deps.give(id);
    }
  }

  async #test(view: AccountView): Promise<void> {
    const { clock } = this.#deps;
    const { id } = view.account;
    const revision = await this.#deps.secretRevision(id);
    let checked = await this.#deps.check(view);
    let decision = checked.fault && decide(checked.fault, false);
    if (decision?.renewsCredential) {
      decision = decideRefused(decision, {
        after: await this.#deps.credentialRefused(id, revision),
        mayRepeat: true,
      });
    }
    if (decision?.next === 'retry-once') {
      checked = await this.#deps.check(view);
      decision = checked.fault && decide(checked.fault, false);
    }
    const at = clock.now();
    const { ok, fault, model } = checked;
    const marks = fault && decision?.marksAccount ? this.#deps.applyHealth(id, { kind: 'fault', fault, model }) : [];
    const effects = ok ? this.#deps.answered(id) : [...marks, ...this.#deps.noteError(id, toError(checked, at))];
    await this.#deps.write([...effects, this.#deps.keepTest(id, { at, ok, message: sentenceOf(checked) })]);
    if (ok) await this.#deps.refreshBalance(view);
  }
}

function toError({ fault, status, detail, model }: Checked, at: number): AccountError {
  const what = detail === undefined ? 'a scheduled test' : `a scheduled test: ${detail}`;
  return { at, requestId: newId('tst', at), model, fault: fault?.kind ?? 'sign-in', status, detail: what };
}

const means: Readonly<Record<Checked['by'], string>> = {
  'sign-in': 'its sign-in',
  'model-list': 'its list of models',
  'one-word': 'one word of an answer',
  nothing: 'nothing: there is no credential of its own to test, or no model is known to ask for',
};

function sentenceOf({ ok, by, fault, status, detail }: Checked): string {
  if (ok) return `It works, by ${means[by]}.`;
  const why = [fault?.kind, status === undefined ? undefined : `HTTP ${status}`, detail].filter((part) => part);
  return `It does not work, by ${means[by]}: ${why.join(', ')}.`.replace(/\.\.$/, '.');
}
