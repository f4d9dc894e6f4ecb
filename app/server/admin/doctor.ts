import type { AccountState } from '../../accounts/account.ts';
import { conditionOf } from '../../accounts/condition.ts';
import { sentenceOf } from '../../accounts/reason.ts';
import { awaitsTerms } from '../../accounts/terms.ts';
import type { AccountView } from '../../accounts/view.ts';
import { isUsable } from '../../keys/key.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Check } from '../diagnostics/check.ts';
import { checkComputer } from '../diagnostics/computer-checks.ts';
import { probeNetwork } from '../diagnostics/probes.ts';
import { lookAtCaps } from './account-caps.ts';
import type { AdminParts } from './parts.ts';

/** No clock that runs right shows a time before this product was made. */
const earliest = Date.UTC(2026, 0, 1);
const hourMs = 3_600_000;

/** What can be checked from inside, without touching the upstreams. Light enough for a relay that is busy. */
export async function inspect(parts: AdminParts): Promise<readonly Check[]> {
  const stored = await parts.accountRepository.list();
  const views = stored.flatMap(({ id }) => parts.accounts.get(id) ?? []);
  for (const { account } of views) await lookAtCaps(parts, account);
  const now = parts.ports.clock.now();
  return [
    ...(await checkComputer(parts.config)),
    ...(await checkDatabase(parts)),
    checkSecrets(parts.vault),
    await checkClock(parts),
    await checkKeys(parts),
    ...(await probeNetwork(parts)),
    ...checkAccounts(views, now),
  ];
}

/** The commands read rows on their way here, so an answer at all means that the database works. */
async function checkDatabase({ store, live }: AdminParts): Promise<readonly Check[]> {
  await store.db.selectFrom('settings').select('name').limit(1).execute();
  const pendingRows = live?.pendingRows() ?? 0;
  const name = 'database';
  const engine = store.engine === 'sqlite' ? 'the built-in database' : 'PostgreSQL';
  if (pendingRows === 0) return [{ name, outcome: 'pass', message: `${engine} answers` }];
  return [
    {
      name,
      outcome: 'warn',
      message: `${pendingRows} calls wait in the journal for ${engine}`,
      fix: 'see the log; they are written as soon as it can be used again',
    },
  ];
}

function checkSecrets({ backend, isLocked }: Pick<Vault, 'backend' | 'isLocked'>): Check {
  const name = 'secrets';
  if (isLocked) {
    const message = 'the data key could not be had: Waystation was started without its accounts';
    return { name, outcome: 'fail', message, fix: 'unlock the keychain or give the passphrase, and start it again' };
  }
  if (backend === 'keychain') return { name, outcome: 'pass', message: "the data key is in the system's keychain" };
  if (backend === 'passphrase') return { name, outcome: 'pass', message: 'the data key is made from your passphrase' };
  return {
    name,
    outcome: 'warn',
    message: 'the data key is in a file that only you may read: weaker than a keychain or a passphrase',
    fix: 'keep the data folder private, and out of backups that others can read',
  };
}

async function checkClock({ ports, usage }: AdminParts): Promise<Check> {
  const name = 'clock';
  const now = ports.clock.now();
  const fix = "set this computer's date and time";
  if (now < earliest) return { name, outcome: 'fail', message: 'the clock is years behind', fix };
  const [newest] = await usage.list({ limit: 1 });
  if (newest && newest.startedAt > now + hourMs) {
    return { name, outcome: 'warn', message: 'the newest call lies in the future: the clock was set back', fix };
  }
  return { name, outcome: 'pass', message: 'plausible' };
}

async function checkKeys({ keyRepository, ports }: AdminParts): Promise<Check> {
  const name = 'keys';
  const issued = await keyRepository.list();
  const usable = issued.filter((key) => isUsable(key, ports.clock.now()));
  if (usable.length > 0) return { name, outcome: 'pass', message: `${usable.length} of ${issued.length} can be used` };
  const message = issued.length === 0 ? 'no key was made yet' : 'every key is disabled or has expired';
  return { name, outcome: 'warn', message, fix: 'make one: waystation key create --name NAME' };
}

function checkAccounts(views: readonly AccountView[], now: number): readonly Check[] {
  if (views.length > 0) return views.map((view) => checkAccount(view, now));
  return [
    {
      name: 'accounts',
      outcome: 'warn',
      message: 'there is no account yet',
      fix: 'add one: waystation account add --provider anthropic --name NAME',
    },
  ];
}

const trouble: Readonly<Record<Exclude<AccountState, 'active' | 'paused'>, Pick<Check, 'outcome' | 'fix'>>> = {
  'cooling-down': { outcome: 'warn', fix: 'nothing to do: it is used again by itself' },
  limited: { outcome: 'warn', fix: 'nothing to do: it is used again when the limit lifts' },
  expired: {
    outcome: 'fail',
    fix: 'renew it, then: waystation account update NAME --expires TIME (or --never-expires)',
  },
  'needs-sign-in': { outcome: 'fail', fix: 'give its credential again: waystation account update NAME --secret-stdin' },
  blocked: { outcome: 'fail', fix: 'clear it up with the provider, then: waystation account resume NAME' },
};

const signInAgain = { outcome: 'fail', fix: 'sign in again: waystation account login NAME' } as const;

function checkAccount(view: AccountView, now: number): Check {
  const { account, isSubscription } = view;
  const name = `account ${account.name}`;
  const { state, reason } = conditionOf(view, now);
  if (state === 'paused') return { name, outcome: 'pass', message: 'paused by you' };
  if (awaitsTerms(view)) {
    const fix = 'read and accept them: waystation account update NAME --accept-terms';
    return { name, outcome: 'warn', message: 'serves nobody until its terms are accepted', fix };
  }
  if (state === 'active') return { name, outcome: 'pass', message: 'can be used' };
  const message = sentenceOf(reason);
  if (state === 'needs-sign-in' && isSubscription) return { name, message, ...signInAgain };
  return { name, message, ...trouble[state] };
}
