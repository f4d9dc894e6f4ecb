import { writeSync } from 'node:fs';
import { CredentialRefresher } from '../../app/accounts/refresher.ts';
import { loadConfig } from '../../app/config.ts';
import { defaultPorts, openParts } from '../../app/parts.ts';
import { alone, refresherDeps } from '../../app/sign-in-parts.ts';

/**
 * Renews one account's sign-in on a data folder until it is killed: while the token endpoint answers, or, with `before-save`,
 * when the answer is here and the database has not heard of it. Says `saving` there.
 */
const [dataDir = '', accountId = '', where = ''] = process.argv.slice(2);
const config = loadConfig({ flags: { 'data-dir': dataDir, secrets: 'key-file' }, env: {} });
const parts = await openParts(config, { ...defaultPorts, warn: () => undefined }, new AsyncDisposableStack());

const refresher = new CredentialRefresher({
  ...refresherDeps(parts, (message) => process.stderr.write(`${message}\n`)),
  ...alone,
  repository: {
    openCredential: (id) => parts.accountRepository.openCredential(id),
    renewSecret: async (id, renewed) => {
      writeSync(1, 'saving');
      if (where === 'before-save') await new Promise(() => undefined);
      return await parts.accountRepository.renewSecret(id, renewed);
    },
  },
});

const stayAlive = setInterval(() => undefined, 1_000);
await refresher.credential(accountId);
clearInterval(stayAlive);
