import { readFile } from 'node:fs/promises';
import { FoundCredentials } from './accounts/found-credentials.ts';
import { CredentialRefresher, type RefresherDeps } from './accounts/refresher.ts';
import { SignIns } from './accounts/sign-ins.ts';
import type { Parts } from './parts.ts';

type Live = Pick<RefresherDeps, 'locks' | 'marks' | 'report'>;

/** Keeps the accounts of these parts signed in. */
export function createRefresher(parts: Parts, { locks, marks, report }: Live): CredentialRefresher {
  return new CredentialRefresher({ ...refresherDeps(parts, report), locks, marks });
}

export function refresherDeps(parts: Parts, report: Live['report']): Omit<RefresherDeps, 'locks' | 'marks'> {
  return {
    report,
    clock: parts.ports.clock,
    directory: parts.accounts,
    repository: parts.accountRepository,
    providers: parts.ports.providers,
    control: parts.control,
    journal: parts.renewalJournal,
    cliLogins: parts.cliLogins,
    endpoints: (provider) => parts.oauth.of(provider),
    write: (statements) => parts.store.write(statements),
  };
}

/** What calls are made with: held here and renewed, or found where the account says that it lies. */
export function createCredentials(parts: Parts, refresher: CredentialRefresher): FoundCredentials {
  return new FoundCredentials({
    accounts: { get: (id) => parts.accounts.get(id), credential: (id) => refresher.credential(id) },
    providers: parts.ports.providers,
    surroundings: { ...parts.config.surroundings, readFile: (path) => readFile(path, 'utf8').catch(() => undefined) },
    clock: parts.ports.clock,
    controlSend: (way) => parts.control.by(way),
  });
}

export function createSignIns(parts: Parts, refresher: CredentialRefresher): SignIns {
  const { ports, control, cliLogins, oauth, accountRepository: repository } = parts;
  return new SignIns({
    ...ports,
    repository,
    control,
    cliLogins,
    endpoints: (provider) => oauth.of(provider),
    signedIn: async (id) => {
      refresher.signedIn(id);
      parts.accounts.forgetCredential(id);
      await parts.accounts.reload();
      const statements = parts.accounts.apply(id, { kind: 'credential-changed' });
      if (statements.length > 0) await parts.store.write(statements);
    },
  });
}

/** For a command that works on the store itself: nobody else renews in this process. */
export const alone: Pick<RefresherDeps, 'locks' | 'marks'> = {
  locks: { tryRun: async (_name, _ttlMs, work) => ({ value: await work() }) },
  marks: { get: async () => undefined, set: async () => undefined },
};
