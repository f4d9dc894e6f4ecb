import type { FoundCredentials } from './accounts/found-credentials.ts';
import type { CredentialRefresher } from './accounts/refresher.ts';
import type { Parts } from './parts.ts';
import { type CheckDeps, checkAccount } from './relay/check-account.ts';
import { ScheduledTests } from './relay/scheduled-tests.ts';
import { refreshBalance } from './server/admin/account-checks.ts';
import { testDeps } from './server/admin/account-operations.ts';
import { checkSignIn } from './server/admin/check-sign-in.ts';
import type { State } from './state/state.ts';

interface Live {
  readonly state: Pick<State, 'locks'>;
  readonly refresher: CredentialRefresher;
  readonly credentials: Pick<FoundCredentials, 'credential'>;
}

/** What tests accounts from time to time, where their owner wants it. */
export function createScheduledTests(
  parts: Parts,
  { state, refresher, credentials }: Live,
  warn: (message: string) => void,
): ScheduledTests {
  const { accounts, accountRepository, ports, store } = parts;
  const { checks, timeline } = accountRepository;
  const deps: CheckDeps = {
    ...testDeps({ ...parts, credentials }),
    checkSignIn: (view) => checkSignIn({ ...parts, refresher }, view),
  };
  return new ScheduledTests({
    ...{ clock: ports.clock, locks: state.locks, warn },
    accounts: () => accounts.all(),
    take: (id) => accounts.take(id),
    give: (id) => accounts.give(id),
    check: (view) => checkAccount(deps, view),
    secretRevision: async (id) => (await credentials.credential(id).catch(() => undefined))?.revision,
    credentialRefused: (id, revision) => refresher.refused(id, revision),
    applyHealth: (id, event) => accounts.apply(id, event),
    answered: (id) => accounts.answered(id, undefined),
    noteError: (id, error) => timeline.errorStatements(id, error),
    lastTest: async (id) => (await checks.of(id)).test,
    keepTest: (id, test) => checks.testStatement(id, test),
    write: (statements) => store.write(statements),
    refreshBalance: async (view) => {
      await refreshBalance(parts, deps, view);
    },
    random: Math.random,
  });
}
