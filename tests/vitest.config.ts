import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What drives browsers and processes, or is held to a time, may meet a busy moment of the machine: tried once more, and named. */
const retry = 1;

const timeouts = {
  ...{ testTimeout: 60_000, hookTimeout: 60_000, teardownTimeout: 15_000 },
  // What is waited for comes as soon as it can: a second, as is usual, is little where others use the processors.
  expect: { poll: { timeout: 30_000 } },
};

/** What must hold on a real Redis and PostgreSQL as it does on the built-in engines: the same files, once more. */
const onServers = [
  'limits',
  'limit-faults',
  'settle-once',
  'holder',
  'key-life',
  'key-queue',
  'members',
  'me',
  'oidc',
  'admin-lan',
  'relay',
  'webhooks',
  'webhooks-quiet',
  'roles/role-matrix',
  'roles/mass-assignment',
  'roles/lan-matrix',
];

/** What is held to a time or a share of a core runs alone: a neighbour on the second core would be measured with it. */
const measured = [
  'integration/cancel',
  'integration/key-guess',
  'integration/key-timing',
  'integration/large-bodies',
  'integration/slow-loris',
  'integration/soak',
  'integration/storm',
  'e2e/claude-code-keys',
  'e2e/desktop-reopen',
  'e2e/kill',
  'e2e/page-feed',
  'e2e/page-many-calls',
].map((name) => `tests/${name}.test.ts`);

/** The size of a file says little of how long it takes: what takes a minute must not begin when all others have ended. */
const long = ['e2e/pages', 'e2e/start', 'e2e/desktop'].map((name) => `tests/${name}.test.ts`);

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => long.some((name) => moduleId.endsWith(name));
    const suites = Map.groupBy(await super.sort(files), ({ project }) => project.name).values();
    return [...suites].flatMap((own) => [...own.filter(isLong), ...own.filter((file) => !isLong(file))]);
  }
}

/**
 * Suites run one after the other, cheapest first; those that start processes share two cores, so few at a time. Where tests
 * leave nothing behind, files of a worker share what they import (`isolate: false`): to read it anew takes a third longer.
 */
export default defineConfig({
  test: {
    passWithNoTests: true,
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{app,main,renderer,scripts,tests/support}/**/*.test.{ts,tsx}', 'tests/architecture.test.ts'],
          isolate: false,
          sequence: { groupOrder: 0 },
          ...timeouts,
        },
      },
      {
        test: {
          name: 'contract',
          include: ['tests/{contract,support}/**/*.test.ts'],
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...timeouts,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          exclude: measured,
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          ...timeouts,
        },
      },
      {
        test: {
          name: 'servers',
          include: onServers.map((name) => `tests/integration/${name}.test.ts`),
          isolate: false,
          setupFiles: ['tests/support/on-servers.ts'],
          env: { WAYSTATION_TEST_ON_SERVERS: '1' },
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...timeouts,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          exclude: measured,
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
          retry,
          ...timeouts,
          testTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'measured',
          include: measured,
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
          retry,
          ...timeouts,
          testTimeout: 180_000,
        },
      },
    ],
  },
});
