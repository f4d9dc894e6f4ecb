import { NoAnswer } from '../../accounts/control-plane.ts';
import { CredentialUnusable } from '../../accounts/refresher.ts';
import type { AccountView } from '../../accounts/view.ts';
import { RelayError } from '../../domain/errors.ts';
import type { LimitSnapshot } from '../../domain/limits.ts';
import type { SignInProfile } from '../../providers/oauth.ts';
import type { TestResult } from '../../relay/test-account.ts';
import { SecretUnreadable } from '../../secrets/vault.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'ports' | 'accountRepository' | 'refresher' | 'oauth' | 'control'>;

/** Whether somebody is still signed in, asked of the provider without a request that a client would make. */
export async function checkSignIn(parts: Parts, { account }: AccountView): Promise<TestResult> {
  const { clock, providers } = parts.ports;
  const startedAt = clock.monotonic();
  const result = (ok: boolean, message: string): TestResult => {
    return { ok, durationMs: Math.round(clock.monotonic() - startedAt), message };
  };
  try {
    const { secret, proxy } = await parts.refresher.credential(account.id);
    const provider = providers.get(account.provider);
    const endpoints = parts.oauth.of(account.provider);
    if (!provider?.login?.readProfile || !endpoints) return result(true, cannotAsk);
    const send = parts.control.by({ proxy, allowLocal: account.allowLocalUpstream });
    const deps = { endpoints, send, nowMs: clock.now(), settings: account.settings };
    const profile = await provider.login.readProfile(secret, deps);
    const limits = await provider.askLimits?.(secret, deps);
    return result(true, profile ? `The sign-in works${planOf(profile)}.${leftOf(limits)}` : cannotAsk);
  } catch (error) {
    const isExpected = [RelayError, NoAnswer, CredentialUnusable, SecretUnreadable].some(
      (kind) => error instanceof kind,
    );
    if (!isExpected || !(error instanceof Error)) throw error;
    return result(false, `The sign-in could not be checked: ${error.message.replace(/\.$/, '')}.`);
  }
}

const cannotAsk =
  'The sign-in is there. Its provider does not say with this kind of credential whether it is good: the next call of its own program will show it.';

function planOf({ plan, email }: SignInProfile): string {
  const known = [plan, email].filter((word) => word !== undefined);
  return known.length === 0 ? '' : ` (${known.join(', ')})`;
}

/** The windows of which least is left. */
const maxNamed = 5;

function leftOf(limits: LimitSnapshot | undefined): string {
  const known = (limits?.windows ?? []).filter(({ used }) => used !== undefined);
  const named = known.toSorted((one, other) => (other.used ?? 0) - (one.used ?? 0)).slice(0, maxNamed);
  const said = named.map(({ name, used = 0, resetsAt }) => {
    const until = resetsAt === undefined ? '' : ` until ${new Date(resetsAt).toISOString()}`;
    return `${name} ${Math.round(Math.max(0, 1 - used) * 100)} %${until}`;
  });
  return said.length === 0 ? '' : ` Left: ${said.join(', ')}.`;
}
