import { RelayError } from '../domain/errors.ts';
import type { Headers } from '../domain/headers.ts';
import type { KeyVerdict } from '../keys/directory.ts';
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

const refusals = {
  'key-invalid':
    'This Waystation key is not known here. Check it, or create one with: waystation key create --name NAME',
  'key-removed': 'This Waystation key was removed or replaced. Ask its owner for a new one.',
  'key-disabled': 'This Waystation key is disabled. Ask its owner to enable it, or use another key.',
  'key-expired': 'This Waystation key has expired. Ask its owner for a new one.',
  'address-not-allowed': 'This Waystation key may not be used from this address.',
} as const;

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
    const { reason } = verdict;
    throw new RelayError(reason === 'key-removed' ? 'key-invalid' : reason, refusals[reason]);
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
    throw new RelayError('key-invalid', refusals['key-invalid']);
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
