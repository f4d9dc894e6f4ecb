import { randomBytes } from 'node:crypto';

/** Without 0, O, 1, I, L, U and V, which are read as others. */
const alphabet = '23456789ABCDEFGHJKMNPQRSTWXYZ';
const length = 8;
/** Finds the invite that somebody tries, so that its tries can be counted; the rest is what they have to know. */
const startLength = 3;

export interface InviteCode {
  readonly text: string;
  readonly start: string;
}

/** `7Q2M-9KXA`, for a person who reads it aloud or types it. */
export function newInviteCode(): InviteCode {
  return toCode(Array.from({ length }, oneCharacter).join(''));
}

/** However it is typed; undefined when it cannot be a code. */
export function readInviteCode(typed: string): InviteCode | undefined {
  const characters = typed.toUpperCase().replace(/[\s-]/g, '');
  return new RegExp(`^[${alphabet}]{${length}}$`).test(characters) ? toCode(characters) : undefined;
}

/** 256 random bits, for a link. */
export function newInviteToken(): string {
  return randomBytes(32).toString('base64url');
}

function toCode(characters: string): InviteCode {
  return { text: `${characters.slice(0, 4)}-${characters.slice(4)}`, start: characters.slice(0, startLength) };
}

/** Every one as likely as the others: bytes beyond the last whole round are thrown again. */
function oneCharacter(): string {
  for (;;) {
    const [byte = 255] = randomBytes(1);
    if (byte < alphabet.length * Math.floor(256 / alphabet.length)) return alphabet[byte % alphabet.length] ?? '';
  }
}
