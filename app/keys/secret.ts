import { createHmac, type KeyObject, randomBytes } from 'node:crypto';

/** Every secret of ours begins so: it can be told from an upstream's key, and found by secret scanners. */
export const secretStart = 'wsk_';

const secretBytes = 32;
const prefixLength = 8;
const endingLength = 4;

/** 256 random bits, shown to a person once. */
export function newSecret(): string {
  return secretStart + randomBytes(secretBytes).toString('base64url');
}

export function isOfOurs(secret: string): boolean {
  return secret.startsWith(secretStart);
}

/** The first characters after the fixed start, by which people recognise a key; one made elsewhere has no such start. */
export function beginningOf(secret: string): string {
  return isOfOurs(secret) ? prefixOf(secret) : secret.slice(0, prefixLength);
}

/** Its last characters, which leave more to guess than anybody can. */
export function secretEnding(secret: string): string {
  return secret.slice(-endingLength);
}

/** The first characters after the fixed start. */
export function prefixOf(secret: string): string {
  return secret.slice(secretStart.length, secretStart.length + prefixLength);
}

/** What is stored of a secret: without the pepper from the vault, a stolen database cannot even confirm a guess. */
export function hashSecret(pepper: KeyObject, secret: string): string {
  return createHmac('sha256', pepper).update(secret).digest('hex');
}

/** Upstreams' own credentials: a client may send one beside a key, and it must never be taken for one. */
const upstreamStarts = ['sk-ant-', 'sk-proj-', 'sk-svcacct-', 'AIza', 'ya29.', 'AKIA', 'ABSK', 'eyJ'] as const;
const minLength = 24;
const maxLength = 256;

/** Why a secret that was made elsewhere cannot be a key's; undefined when it can. */
export function secretProblem(secret: string): string | undefined {
  if (!/^[\x21-\x7e]*$/.test(secret)) return 'has characters that no header can carry';
  if (secret.length < minLength) return `is too short to be safe: it needs ${minLength} characters`;
  if (secret.length > maxLength) return `has more than ${maxLength} characters`;
  if (upstreamStarts.some((start) => secret.startsWith(start))) return 'is an upstream’s own credential, not a key';
  if (new Set(secret).size < 8) return 'is too easy to guess';
  return undefined;
}
