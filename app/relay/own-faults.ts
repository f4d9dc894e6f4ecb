import { CredentialMissing } from '../accounts/found-credentials.ts';
import { CredentialUnusable } from '../accounts/refresher.ts';
import type { Fault } from '../domain/fault.ts';
import { SecretUnreadable } from '../secrets/vault.ts';
import { TransportError } from './exchange.ts';

export interface OwnFault {
  readonly fault: Fault;
  readonly detail: string;
}

/** What kept a request from its upstream, as a fault; undefined for what is nobody's but ours. */
export function ownFaultOf(error: unknown): OwnFault | undefined {
  if (error instanceof CredentialUnusable) return { fault: unusable(error), detail: error.message };
  if (error instanceof SecretUnreadable) return { fault: { kind: 'credential-rejected' }, detail: error.message };
  // It may be back at any time, when somebody signs in with the tool that keeps it.
  if (error instanceof CredentialMissing) {
    return { fault: { kind: 'unreachable', phase: 'connect', detail: error.message }, detail: error.message };
  }
  if (!(error instanceof TransportError)) return undefined;
  return { fault: { kind: 'unreachable', phase: error.phase, detail: error.detail }, detail: error.detail };
}

/** Its provider sends us away for now, or somebody has to sign in again. */
function unusable({ kind, retryAfterMs }: CredentialUnusable): Fault {
  return kind === 'later' ? { kind: 'overloaded', retryAfterMs } : { kind: 'credential-rejected' };
}
