import { type ErrorKind, RelayError } from '../domain/errors.ts';
import type { Headers } from '../domain/headers.ts';
import type { KeyVerdict, RefusalReason } from '../keys/directory.ts';
import type { RouteId } from '../protocols/protocol.ts';
import type { Authenticated, Received } from './call.ts';
import type { Credential } from './headers.ts';

export interface AuthenticateDeps {
  verifyKey(secret: string, nowMs: number, address: string | undefined): KeyVerdict;
  /** Whether a credential is meant to be a key of ours, right or wrong. */
  isKey(secret: string): boolean;
  /** Whether an enabled account forwards the client's own credential for what is asked. */
  hasPassthrough(route: RouteId): boolean;
}

const refusals: Readonly<Record<RefusalReason, { readonly kind: ErrorKind; readonly message: string }>> = {
  'key-invalid': {
    kind: 'key-invalid',
    message: 'This Waystation key is not known here. Check it, or create one with: waystation key create --name NAME',
  },
  'key-removed': {
    kind: 'key-invalid',
    message: 'This Waystation key was removed or replaced. Ask its owner for a new one.',
  },
  'key-disabled': {
    kind: 'key-disabled',
    message: 'This Waystation key is disabled. Ask its owner to enable it, or use another key.',
  },
  'key-expired': {
    kind: 'key-expired',
    message:
      'This Waystation key has expired. Ask its owner for a new one, or redeem a top-up code with time: POST /v1/top-up.',
  },
  'address-not-allowed': {
    kind: 'address-not-allowed',
    message: 'This Waystation key may not be used from this address.',
  },
  'member-suspended': {
    kind: 'key-disabled',
    message: 'The member whose Waystation key this is is suspended. Ask the owner of this relay to resume them.',
  },
  'member-removed': {
    kind: 'key-disabled',
    message: 'The member whose Waystation key this was is gone. Ask the owner of this relay for a key of your own.',
  },
};

/** Finds out who calls. Rule (P03): several credentials count as one only when they are equal. */
export function authenticate(deps: AuthenticateDeps, received: Received): Authenticated {
  const { waystationKeys } = received.headers;
  // A signature with AWS keys holds for the address that was called, so it is nothing that could be sent on.
  const credentials = received.headers.credentials.filter(({ secret }) => !isAwsSignature(secret));
  const foreign = credentials.filter(({ secret }) => !deps.isKey(secret));
  const ours = distinct([
    ...waystationKeys,
    ...credentials.filter(({ secret }) => deps.isKey(secret)).map(({ secret }) => secret),
  ]);
  const [secret] = ours;
  if (secret === undefined) return withoutKey(deps, received, foreign);
  if (ours.length > 1) throw conflict('Several different Waystation keys were sent; send one.');
  if (foreign.length > 0 && waystationKeys.length === 0) {
    throw conflict(
      `Two different credentials were sent (${names(credentials)}); send only the Waystation key, or put it in x-waystation-key.`,
    );
  }
  const verdict = deps.verifyKey(secret, received.receivedAt, received.address);
  if (!verdict.ok) {
    const { kind, message } = refusals[verdict.reason];
    throw new RelayError(kind, message, { keyId: verdict.key?.id });
  }
  const clientCredential = foreign.length > 0 ? credentialHeaders(foreign) : undefined;
  return { ...received, caller: { kind: 'key', key: verdict.key }, clientCredential };
}

function withoutKey(deps: AuthenticateDeps, received: Received, foreign: readonly Credential[]): Authenticated {
  if (foreign.length === 0 && received.headers.credentials.length > 0) {
    throw new RelayError(
      'key-missing',
      'This call is signed with AWS keys, which say nothing here. Set AWS_BEARER_TOKEN_BEDROCK to a Waystation key, or send it in x-waystation-key.',
    );
  }
  if (foreign.length === 0) {
    throw new RelayError(
      'key-missing',
      'No key was sent. Set ANTHROPIC_AUTH_TOKEN (or x-api-key) to a Waystation key; create one with: waystation key create --name NAME',
    );
  }
  if (!received.isLoopback || !deps.hasPassthrough(received.route)) {
    throw new RelayError('key-invalid', refusals['key-invalid'].message);
  }
  return { ...received, caller: { kind: 'this-computer' }, clientCredential: credentialHeaders(foreign) };
}

function isAwsSignature(secret: string): boolean {
  return secret.startsWith('AWS4-HMAC-SHA256 ');
}

function credentialHeaders(credentials: readonly Credential[]): Headers {
  const headers: Record<string, string> = {};
  for (const { header, value } of credentials) {
    if ((headers[header] ?? value) !== value)
      throw conflict(`${header} was sent twice with different values; send it once.`);
    headers[header] = value;
  }
  return headers;
}

function conflict(message: string): RelayError {
  return new RelayError('credentials-conflict', message);
}

function names(credentials: readonly Credential[]): string {
  return distinct(credentials.map(({ header }) => header)).join(' and ');
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
