import { describe, expect, test } from 'vitest';
import { noCare } from '../accounts/care.ts';
import type { LastTest } from '../accounts/checks.ts';
import type { AfterRefusal } from '../accounts/refresher.ts';
import type { Fault } from '../domain/fault.ts';
import { viewOf } from '../scheduler/__fixtures__/views.ts';
import { manualClock } from '../state/__fixtures__/manual-clock.ts';
import type { Checked } from './check-account.ts';
import { ScheduledTests } from './scheduled-tests.ts';

const minute = 60_000;
const hour = 60 * minute;
const good: Checked = { ok: true, by: 'model-list', model: '' };
const bad = (fault: Fault, status?: number): Checked => ({ ok: false, by: 'one-word', model: 'small', fault, status });

interface Options {
  readonly everyMs?: number | undefined;
  readonly answers?: readonly Checked[];
  readonly random?: number;
  readonly after?: AfterRefusal;
  readonly isBusy?: boolean;
  /** Shared by nodes. */
  readonly stored?: Map<string, LastTest>;
}

/** What is done to the account, in order. */
function start({ everyMs = hour, answers = [], random = 0.5, after = 'unchanged', isBusy, stored }: Options = {}) {
  const clock = manualClock();
  const log: string[] = [];
  const tests = stored ?? new Map<string, LastTest>();
  const left = [...answers];
  let everyNow: number | undefined = everyMs;
  const scheduled = new ScheduledTests({
    clock,
    locks: { tryRun: async (_name, _ttlMs, work) => ({ value: await work() }) },
    accounts: () => [viewOf('a', { account: { care: { ...noCare, testEveryMs: everyNow } } })],
    take: () => !isBusy,
    give: () => log.push('give'),
    check: async () => {
      log.push('check');
      return left.shift() ?? good;
    },
    secretRevision: async () => 3,
    credentialRefused: async (_id, revision) => {
      log.push(`renew ${revision}`);
      return after;
    },
    applyHealth: (_id, event) => {
      log.push(event.kind === 'fault' ? `mark ${event.fault.kind}` : event.kind);
      return [];
    },
    answered: () => {
      log.push('answered');
      return [];
    },
    noteError: (_id, { fault, status, detail }) => {
      log.push(`error ${fault} ${status}: ${detail}`);
      return [];
    },
    lastTest: async (id) => tests.get(id),
    keepTest: (id, result) => {
      tests.set(id, result);
      return { sql: '', parameters: [] } as never;
    },
    write: async () => undefined,
    refreshBalance: async () => void log.push('balance'),
    random: () => random,
    warn: (message) => log.push(message),
  });
  return {
    ...{ scheduled, clock, log, tests },
    setEvery: (ms: number | undefined) => {
      everyNow = ms;
    },
    /** How many tests there were after this long. */
    async testsAfter(ms: number) {
      clock.advance(ms);
      await scheduled.look();
      return log.filter((line) => line === 'check').length;
    },
  };
}

describe('when an account is tested', () => {
  test('never unless its owner says so', async () => {
    const { scheduled, log, setEvery, clock } = start();
    setEvery(undefined);
    clock.advance(40 * 24 * hour);
    await scheduled.look();
    expect(log).toEqual([]);
  });

  test('soon at first, then after each interval, a little earlier or later', async () => {
    const early = start({ random: 0 });
    expect(await early.testsAfter(0)).toBe(1);
    expect(await early.testsAfter(54 * minute - 1)).toBe(1);
    expect(await early.testsAfter(1)).toBe(2);
    const late = start({ random: 1 });
    expect(await late.testsAfter(0)).toBe(1);
    expect(await late.testsAfter(66 * minute - 1)).toBe(1);
    expect(await late.testsAfter(1)).toBe(2);
  });

  test('a restart neither forgets nor repeats a test', async () => {
    const stored = new Map<string, LastTest>();
    const before = start({ stored });
    stored.set('a', { at: before.clock.now() - 30 * minute, ok: true, message: '' });
    const { testsAfter } = start({ stored });
    expect(await testsAfter(0)).toBe(0);
    expect(await testsAfter(29 * minute)).toBe(0);
    expect(await testsAfter(minute)).toBe(1);
  });

  test('one node of several tests', async () => {
    const stored = new Map<string, LastTest>();
    const [here, there] = [start({ stored }), start({ stored })];
    expect([await here.testsAfter(0), await there.testsAfter(0)]).toEqual([1, 0]);
    // Both are due again at the same moment: the first has it.
    expect([await here.testsAfter(hour), await there.testsAfter(hour)]).toEqual([2, 0]);
  });

  test('another interval counts from the last test', async () => {
    const { testsAfter, setEvery } = start({ everyMs: 24 * hour });
    expect(await testsAfter(0)).toBe(1);
    setEvery(hour);
    expect(await testsAfter(59 * minute)).toBe(1);
    expect(await testsAfter(minute)).toBe(2);
  });

  test('the clock leads it, and nothing runs on after it was stopped', async () => {
    const { scheduled, clock, log } = start();
    scheduled.start();
    clock.advance(10_000);
    await expect.poll(() => log).toContain('check');
    await scheduled.stop();
    clock.advance(2 * hour);
    expect(log.filter((line) => line === 'check')).toHaveLength(1);
  });

  test('an account that can take no call now is not tested either', async () => {
    const { testsAfter, log } = start({ isBusy: true });
    expect(await testsAfter(0)).toBe(0);
    expect(log).toEqual([]);
  });
});

describe('what a test leads to is what it would lead to for a call', () => {
  const run = async (options: Options) => {
    const started = start(options);
    await started.testsAfter(0);
    return { log: started.log, kept: started.tests.get('a') };
  };

  test('one that goes well proves the account, and its balance is asked', async () => {
    const { log, kept } = await run({});
    expect(log).toEqual(['check', 'answered', 'balance', 'give']);
    expect(kept).toMatchObject({ ok: true, message: 'It works, by its list of models.' });
  });

  test('a block marks the account and is in its errors', async () => {
    const { log, kept } = await run({ answers: [bad({ kind: 'account-blocked' }, 403)] });
    expect(log).toEqual(['check', 'mark account-blocked', 'error account-blocked 403: a scheduled test', 'give']);
    expect(kept).toMatchObject({
      ok: false,
      message: 'It does not work, by one word of an answer: account-blocked, HTTP 403.',
    });
  });

  test('a refused credential is renewed and tried once more before it counts', async () => {
    const refused = bad({ kind: 'credential-rejected' }, 401);
    const mended = await run({ answers: [refused, good], after: 'renewed' });
    expect(mended.log).toEqual(['check', 'renew 3', 'check', 'answered', 'balance', 'give']);
    const dead = await run({ answers: [refused, refused] });
    expect(dead.log.slice(0, 4)).toEqual(['check', 'renew 3', 'check', 'mark credential-rejected']);
    const ended = await run({ answers: [refused], after: 'ended' });
    expect(ended.log).toEqual(['check', 'renew 3', 'error credential-rejected 401: a scheduled test', 'give']);
  });

  test.each(['request-rejected', 'model-unsupported'] as const)(
    '%s is in the errors and marks nothing',
    async (kind) => {
      const { log } = await run({ answers: [bad({ kind }, 400)] });
      expect(log).toEqual(['check', `error ${kind} 400: a scheduled test`, 'give']);
    },
  );

  test('a test that fails for a reason of ours is told, gives its place back, and is no verdict on the account', async () => {
    const started = start({ answers: [] });
    const broken = new Proxy(good, {
      get: () => {
        throw new Error('of our own');
      },
    });
    const { scheduled, log } = start({ answers: [broken] });
    await scheduled.look();
    expect(log).toEqual(['check', 'give', 'An account could not be tested: of our own']);
    expect(started.tests.size).toBe(0);
  });
});
