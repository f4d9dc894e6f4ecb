import { defineConfig } from 'vitest/config';

const timeouts = { testTimeout: 60_000, hookTimeout: 60_000, teardownTimeout: 15_000 };

/** What must hold on a real Redis and PostgreSQL as it does on the built-in engines: the same files, once more. */
const onServers = [
  'limits',
  'limit-faults',
  'settle-once',
  'holder',
  'key-life',
  'key-queue',
  'relay',
  'roles/role-matrix',
  'roles/mass-assignment',
];

/** Suites run one after the other, cheapest first; those that start processes share two cores, so few at a time. */
export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{app,main,renderer,scripts,tests/support}/**/*.test.{ts,tsx}', 'tests/architecture.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'contract',
          include: ['tests/{contract,support}/**/*.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...timeouts,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          ...timeouts,
        },
      },
      {
        test: {
          name: 'servers',
          include: onServers.map((name) => `tests/integration/${name}.test.ts`),
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
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
          ...timeouts,
          testTimeout: 180_000,
        },
      },
    ],
  },
});
