/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {import('vitest/node').TestModule} TestModule */
/** @typedef {import('vitest/node').TestCase} TestCase */

/** Counts over all suites, and names every skip with its reason, and every test that held at a second try only with what it met first. */
export class OutcomeReporter {
  #counts = { passed: 0, failed: 0, skipped: 0 };
  /** @type {string[]} */
  #skips = [];
  /** @type {string[]} */
  #flaky = [];
  #hasRun = false;

  /**
   * @param {readonly TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    this.#hasRun = true;
    // An error outside every test is a failure of its own, as is a file or a group that breaks before its tests.
    this.#counts.failed += unhandledErrors.length;
    for (const module of modules) {
      this.#counts.failed += module.errors().length;
      for (const suite of module.children.allSuites()) this.#counts.failed += suite.errors().length;
      for (const test of module.children.allTests()) this.#count(test);
    }
  }

  counts() {
    return this.#hasRun ? this.#counts : { passed: 0, failed: 1, skipped: 0 };
  }

  lines() {
    const named = [...this.#skips.map((skip) => `skipped: ${skip}`), ...this.#flaky.map((test) => `flaky: ${test}`)];
    return [...named, countLine(this.counts())];
  }

  /** @param {TestCase} test */
  #count(test) {
    const result = test.result();
    const name = `${test.module.relativeModuleId} > ${test.fullName}`;
    if (test.diagnostic()?.flaky) this.#flaky.push(`${name}: ${result.errors?.[0]?.message.split('\n')[0]}`);
    if (result.state === 'passed' || result.state === 'failed') {
      this.#counts[result.state] += 1;
      return;
    }
    this.#counts.skipped += 1;
    const reason = result.state === 'skipped' && result.note ? `: ${result.note}` : '';
    this.#skips.push(`${name}${reason}`);
  }
}

/**
 * The last line of a test run: other programs read it.
 *
 * @param {Counts} counts
 */
export function countLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
