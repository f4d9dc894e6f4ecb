import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { run, runJson } from './cli-run.ts';

const key = 'sk-ant-made-up';
const add = (dataDir: string, ...words: readonly string[]) =>
  runJson(['account', 'add', '--provider', 'anthropic', '--name', 'work', '--secret-stdin', ...words], {
    dataDir,
    stdin: key,
  });
const day = { kind: 'calendar', unit: 'day', timeZone: 'Asia/Tokyo' };

describe('caps on the command line', () => {
  test('are given like the limits of keys, shown with what is used, changed and taken away', async () => {
    const dataDir = temporaryFolder();
    const caps = [
      '--cap',
      'cost=20usd/day',
      '--cap',
      'requests=500/week@mon-06:00,strict',
      '--time-zone',
      'Asia/Tokyo',
    ];
    expect(await add(dataDir, ...caps)).toMatchObject({
      care: {
        caps: [
          { measure: 'cost', amount: 20_000_000_000, window: day, mode: 'smooth' },
          {
            ...{ measure: 'requests', amount: 500, mode: 'strict' },
            window: { ...day, unit: 'week', startWeekday: 1, startMinute: 360 },
          },
        ],
      },
      caps: [
        { name: 'cost per day', spent: 0, held: 0, timeZone: 'Asia/Tokyo' },
        { name: 'requests per week', amount: 500 },
      ],
    });
    const { stdout } = await run(['account', 'show', 'work'], { dataDir });
    expect(stdout).toMatch(/^Cap cost per day +\$0\.00 of \$20\.00; resets .+ \(Asia\/Tokyo\)$/m);
    expect(stdout).toMatch(/^Cap requests per week +0 of 500; resets .+ \(Asia\/Tokyo, strict\)$/m);
    const list = await run(['account', 'list'], { dataDir, columns: 200 });
    expect(list.stdout).toContain('0 % cost per day, 0 % requests per week');

    const changed = await runJson(['account', 'update', 'work', '--cap', 'requests=9/month'], { dataDir });
    expect(changed).toMatchObject({ caps: [{ name: 'requests per month', amount: 9 }] });
    const cleared = await runJson(['account', 'update', 'work', '--no-cap'], { dataDir });
    expect(cleared).toMatchObject({ caps: [], care: { sharing: 'shared', stopAt: {} } });
  });

  test.each([
    ['requests=10/minute', 'in a day, week or month'],
    ['tokens=2m/day', 'requests or cost'],
    ['cost:claude-opus-*=1usd/day', 'of all models'],
    ['cost=1usd/day,shadow', 'does not fit an account'],
    ['cost=20/day', 'cannot be read'],
    ['lots', 'cannot be read'],
  ])('%s is refused with how to write it', async (cap, message) => {
    const words = ['account', 'add', '--provider', 'anthropic', '--name', 'x', '--secret-stdin', '--cap', cap];
    const { exitCode, stdout, stderr } = await run(words, { dataDir: temporaryFolder(), stdin: key });
    expect([exitCode === 0, stdout + stderr]).toEqual([false, expect.stringContaining(message)]);
  });

  test('a time zone that does not exist is refused', async () => {
    const words = ['--cap', 'cost=1usd/day', '--time-zone', 'Mars/Base'];
    await expect(add(temporaryFolder(), ...words)).rejects.toThrow(/time zone such as Europe\/Berlin/);
  });
});

describe('tests and balances on the command line', () => {
  test('an interval is given, shown and taken back; a balance that nobody tells is not made up', async () => {
    const dataDir = temporaryFolder();
    expect(await add(dataDir, '--test-every', '30m')).toMatchObject({
      care: { testEveryMs: 1_800_000 },
      balance: null,
    });
    expect((await run(['account', 'show', 'work'], { dataDir })).stdout).toMatch(/^Tested +every 30 min$/m);
    const asked = await run(['account', 'balance', 'work'], { dataDir });
    expect(asked.stdout).toContain('not known to tell a balance');
    await run(['account', 'update', 'work', '--no-tests'], { dataDir });
    expect((await run(['account', 'show', 'work'], { dataDir })).stdout).not.toMatch(/^Tested /m);
  });

  test('an interval that is too short is refused', async () => {
    await expect(add(temporaryFolder(), '--test-every', '10s')).rejects.toThrow(/a minute or more|>=60000/);
  });
});

describe('an account whose subscription has ended', () => {
  test('is no account that can be used, and doctor says what to do', async () => {
    const dataDir = temporaryFolder();
    await add(dataDir, '--expires', '2026-01-02');
    expect(await runJson(['account', 'show', 'work'], { dataDir })).toMatchObject({ state: 'expired' });
    const { exitCode, stdout } = await run(['doctor', '--json'], { dataDir });
    const { checks } = JSON.parse(stdout);
    expect(exitCode).toBe(1);
    expect(checks).toContainEqual({
      ...{ name: 'account work', outcome: 'fail', message: 'Its subscription ended on 2026-01-02' },
      fix: expect.stringContaining('account update NAME --expires'),
    });
  });
});
