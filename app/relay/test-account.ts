import { CredentialMissing } from '../accounts/found-credentials.ts';
import { upstreamModelOf } from '../accounts/models.ts';
import { CredentialUnusable } from '../accounts/refresher.ts';
import type { AccountView } from '../accounts/view.ts';
import type { Conversation } from '../domain/conversation.ts';
import type { Fault } from '../domain/fault.ts';
import { matchesPattern } from '../domain/patterns.ts';
import { routeFacts } from '../protocols/routes.ts';
import { SecretUnreadable } from '../secrets/vault.ts';
import { type AskUpstreamDeps, askUpstream } from './ask-upstream.ts';
import { TransportError } from './exchange.ts';
import type { PrepareDeps } from './prepare.ts';

export type TestAccountDeps = PrepareDeps & AskUpstreamDeps;

/** What one small real request told about an account. */
export interface TestResult {
  readonly ok: boolean;
  readonly durationMs: number;
  readonly status?: number | undefined;
  readonly fault?: Fault['kind'] | undefined;
  /** One sentence for people. */
  readonly message: string;
}

const maxReplyBytes = 256 * 1024;

const meanings: Readonly<Record<Fault['kind'], string>> = {
  'rate-limited': 'The credential works, but the account is at its limit now.',
  overloaded: 'The upstream is overloaded now; the credential was not refused.',
  'credential-rejected':
    'The upstream rejected the credential. Give a new one: waystation account update --secret-stdin',
  'account-blocked': 'The upstream has blocked the account or its credit is used up. See its console.',
  'model-unsupported': 'The credential works, but the upstream does not serve this model. Try: --model NAME',
  'request-rejected': 'The upstream answered, but rejected the test request.',
  'clock-skewed':
    'The upstream refuses what is signed by the clock of this computer. Set the clock right and try again.',
  'not-carried': 'The test request cannot be said in this account’s protocol.',
  unreachable: 'The upstream could not be reached.',
};

/** Asks for one token, without touching the account's health or usage. Works without a running relay. */
export async function testAccount(deps: TestAccountDeps, view: AccountView, model: string): Promise<TestResult> {
  const startedAt = deps.clock.monotonic();
  const durationMs = () => Math.round(deps.clock.monotonic() - startedAt);
  if (view.forwardsClientCredential) {
    const message = 'This account forwards the credential of whoever calls; it has none of its own to test.';
    return { ok: true, durationMs: 0, message };
  }
  try {
    const { status, fault } = await askOneWord(deps, view, model);
    if (!fault) return { ok: true, durationMs: durationMs(), status, message: 'The account answered.' };
    return { ok: false, durationMs: durationMs(), status, fault: fault.kind, message: meanings[fault.kind] };
  } catch (error) {
    if (error instanceof TransportError) {
      const message = `${meanings.unreachable} (${error.detail})`;
      return { ok: false, durationMs: durationMs(), fault: 'unreachable', message };
    }
    if (error instanceof CredentialMissing) {
      const message = `The account’s credential was not found: ${error.message}.`;
      return { ok: false, durationMs: durationMs(), fault: 'credential-rejected', message };
    }
    if (!(error instanceof SecretUnreadable || error instanceof CredentialUnusable)) throw error;
    return { ok: false, durationMs: durationMs(), fault: 'credential-rejected', message: error.message };
  }
}

/** Throws as `askUpstream` does. */
export function askOneWord(deps: TestAccountDeps, view: AccountView, model: string) {
  const question = smallestQuestion(deps, view, upstreamModelOf(view.account, model));
  return askUpstream(deps, view, { method: 'POST', ...question, maxBytes: maxReplyBytes });
}

/** Small, cheap, and known to every upstream that serves Claude. */
const usualModel = 'claude-haiku-4-5';

/** A model the account names, else one that its kind of upstream is known to serve; undefined when none is known. */
export function testedModel({ account, listed, usualModels }: AccountView): string | undefined {
  const names = [...account.models, ...Object.keys(account.modelMap), ...(listed?.models.map(({ id }) => id) ?? [])];
  const named = names.find((name) => !name.includes('*'));
  return named ?? (usualModels.some((pattern) => matchesPattern(pattern, usualModel)) ? usualModel : undefined);
}

/** So long an answer is asked for, at most. */
export const testOutputTokens = 16;

/** The smallest question there is, in the account's own protocol. */
export function smallestQuestion(
  { protocols }: Pick<TestAccountDeps, 'protocols'>,
  { routes }: Pick<AccountView, 'routes'>,
  model: string,
) {
  const route = routes.find((own) => routeFacts[own].isConversation) ?? 'messages';
  const { codec } = protocols[routeFacts[route].protocol];
  const conversation: Conversation = {
    model,
    isStream: false,
    system: [],
    turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hi' }] }],
    tools: [],
    maxOutputTokens: testOutputTokens,
    stopSequences: [],
    extras: [],
  };
  const body = Buffer.from(JSON.stringify(codec.encodeRequest(conversation)));
  return { route, model, path: routeFacts[route].path, body };
}
