import { useTranslation } from 'react-i18next';
import type { Output } from '../../app/server/admin/contract.ts';
import type { CallFailure } from '../../app/server/admin/contract-usage.ts';
import { StateMark, type Tone } from './state-mark.tsx';

type Call = Pick<Output<'listUsage'>[number], 'status' | 'errorKind'>;

const tones: Readonly<Record<Call['status'], Tone>> = { completed: 'good', aborted: 'caution', failed: 'bad' };

const failures = {
  'key-missing': 'failures.key-missing',
  'key-invalid': 'failures.key-invalid',
  'key-disabled': 'failures.key-disabled',
  'key-expired': 'failures.key-expired',
  'credentials-conflict': 'failures.credentials-conflict',
  'service-not-allowed': 'failures.service-not-allowed',
  'model-not-allowed': 'failures.model-not-allowed',
  'address-not-allowed': 'failures.address-not-allowed',
  'client-not-allowed': 'failures.client-not-allowed',
  'request-invalid': 'failures.request-invalid',
  'request-timeout': 'failures.request-timeout',
  'body-too-large': 'failures.body-too-large',
  'encoding-unsupported': 'failures.encoding-unsupported',
  'route-unknown': 'failures.route-unknown',
  'method-not-allowed': 'failures.method-not-allowed',
  'quota-exhausted': 'failures.quota-exhausted',
  'rate-limited': 'failures.rate-limited',
  'concurrency-limited': 'failures.concurrency-limited',
  'accounts-limited': 'failures.accounts-limited',
  'accounts-unavailable': 'failures.accounts-unavailable',
  'model-unavailable': 'failures.model-unavailable',
  'state-unknown': 'failures.state-unknown',
  'already-running': 'failures.already-running',
  'already-answered': 'failures.already-answered',
  'upstream-overloaded': 'failures.upstream-overloaded',
  'upstream-broken': 'failures.upstream-broken',
  'upstream-timeout': 'failures.upstream-timeout',
  'shutting-down': 'failures.shutting-down',
  paused: 'failures.paused',
  overloaded: 'failures.overloaded',
  internal: 'failures.internal',
} as const satisfies Readonly<Record<CallFailure, string>>;

/** How a call ended, and what it failed of. */
export function CallStatus({ call: { status, errorKind } }: { readonly call: Call }) {
  const { t } = useTranslation();
  return (
    <>
      <span className="inline-flex items-baseline gap-2 whitespace-nowrap">
        <StateMark tone={tones[status]} />
        {t(`calls.${status}`)}
      </span>
      {errorKind !== null && <FailureWords kind={errorKind} />}
    </>
  );
}

/** A kind that is newer than this page keeps its own name, by which it is found in every language. */
function FailureWords({ kind }: { readonly kind: string }) {
  const { t } = useTranslation();
  return (
    <span title={kind} className="block pl-5 text-muted text-xs">
      {isKnown(kind) ? t(failures[kind]) : kind}
    </span>
  );
}

function isKnown(kind: string): kind is CallFailure {
  return Object.hasOwn(failures, kind);
}
