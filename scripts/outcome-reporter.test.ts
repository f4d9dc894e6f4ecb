import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startVitest } from 'vitest/node';
import { OutcomeReporter } from './outcome-reporter.mjs';

async function report(files: Readonly<Record<string, string>>): Promise<OutcomeReporter> {
  const folder = mkdtempSync(join(tmpdir(), 'waystation-outcome-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const reporter = new OutcomeReporter();
  const exitCode = process.exitCode;
  const vitest = await startVitest([], {
    root: folder,
    config: false,
    watch: false,
    globals: true,
    passWithNoTests: true,
    reporters: [reporter],
  });
  await vitest.close();
  // The inner run's failures are not ours.
  process.exitCode = exitCode;
  return reporter;
}

test('counts tests over files and names a skip with its reason', async () => {
  const reporter = await report({
    'one.test.js': `
      test('works', () => {});
      test('breaks', () => { throw new Error('no'); });
      describe('on a real Redis', () => {
        test('expires', (context) => context.skip('no redis-server on the PATH'));
        test.skip('not here', () => {});
      });`,
    'two.test.js': `test('works too', () => {});`,
  });
  expect(reporter.lines()).toEqual([
    'skipped: one.test.js > on a real Redis > expires: no redis-server on the PATH',
    'skipped: one.test.js > on a real Redis > not here',
    '2 passed, 1 failed, 2 skipped',
  ]);
});

test('names a test that held at its second try only, and what it met first', async () => {
  const reporter = await report({
    'one.test.js': `
      let tries = 0;
      test('holds now and then', { retry: 1 }, () => { tries += 1; if (tries === 1) throw new Error('too late'); });
      test('never holds', { retry: 1 }, () => { throw new Error('no'); });`,
  });
  expect(reporter.lines()).toEqual([
    'flaky: one.test.js > holds now and then: too late',
    '1 passed, 1 failed, 0 skipped',
  ]);
});

test('a file that does not load, a hook that breaks and an error after the end are failures', async () => {
  const reporter = await report({
    'load.test.js': `import './absent.js';`,
    'hook.test.js': `describe('group', () => { beforeAll(() => { throw new Error('no'); }); test('x', () => {}); });`,
    'late.test.js': `test('leaves a rejection', async () => { void Promise.reject(new Error('late')); });`,
  });
  expect(reporter.counts()).toMatchObject({ passed: 1, failed: 3 });
});

test('a run that never came to its end is a failure', () => {
  expect(new OutcomeReporter().lines()).toEqual(['0 passed, 1 failed, 0 skipped']);
});
