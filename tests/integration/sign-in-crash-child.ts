import { writeSync } from 'node:fs';
import { CredentialRefresher } from '../../app/accounts/refresher.ts';
import { loadConfig } from '../../app/config.ts';
import { defaultPorts, openParts } from '../../app/parts.ts';
import { alone } from '../../app/sign-in-parts.ts';

/**
 * Renews one account's sign-in on a data folder until it is killed: while the token endpoint answers, or, with `before-save`,
 * when the answer is here and the database has not heard of it. Says `saving` there.
 */
const [dataDir = '', accountId = '', where = ''] = process.argv.slice(2);
const config = loadConfig({ flags: { 'data-dir': dataDir, secrets: 'key-file' }, env: {} });
const parts = await openParts(config, { ...defaultPorts, warn: () => undefined }, new AsyncDisposableStack());

const refresher = new CredentialRefresher({
  ...alone,
  clock: parts.ports.clock,
  directory: parts.accounts,
  repository: {
    openCredential: (id) => parts.accountRepository.openCredential(id),
    renewSecret: async (id, renewed) => {
      writeSync(1, 'saving');
      if (where === 'before-save') await new Promise(() => undefined);
      return await parts.accountRepository.renewSecret(id, renewed);
    },
  },
  providers: parts.ports.providers,
  control: parts.control,
  journal: parts.renewalJournal,
  cliLogins: parts.cliLogins,
  endpoints: (provider) => parts.oauth.of(provider),
  write: (statements) => parts.store.write(statements),
  report: (message) => process.stderr.write(`${message}\n`),
});

const stayAlive = setInterval(() => undefined, 1_000);
await refresher.credential(accountId);
clearInterval(stayAlive);
