import { randomBytes } from 'node:crypto';

/** Without I, L, O and U, which are read as others: 80 random bits in 16 characters. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const half = 8;

/** `7Q2M9KXA-0RTW4HBE`: shown to a person once. */
export function newCode(): string {
  const characters = [...randomBytes(2 * half)].map((byte) => alphabet[byte % alphabet.length]).join('');
  return `${characters.slice(0, half)}-${characters.slice(half)}`;
}

/** As it was made, however it is typed; undefined when it cannot be a code. */
export function readCode(typed: string): string | undefined {
  const characters = typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  if (!/^[0-9A-HJKMNP-TV-Z]{16}$/.test(characters)) return undefined;
  return `${characters.slice(0, half)}-${characters.slice(half)}`;
}

export function endingOf(code: string): string {
  return code.slice(-4);
}
