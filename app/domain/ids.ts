import { randomBytes } from 'node:crypto';

export type IdPrefix =
  | 'acc'
  | 'key'
  | 'req'
  | 'grp'
  | 'evt'
  | 'bud'
  | 'aud'
  | 'pln'
  | 'mem'
  | 'top'
  | 'tst'
  | 'inv'
  | 'whk';

/** A sortable id: prefix, milliseconds in base 36, 80 random bits. */
export function newId(prefix: IdPrefix, nowMs: number): string {
  return `${prefix}_${nowMs.toString(36).padStart(9, '0')}${randomHex()}`;
}

/** Random bytes are drawn in blocks: one system call serves 400 ids. */
const blockBytes = 4_000;
const idBytes = 10;
let block = Buffer.alloc(0);
let used = 0;

function randomHex(): string {
  if (used + idBytes > block.length) {
    block = randomBytes(blockBytes);
    used = 0;
  }
  const hex = block.toString('hex', used, used + idBytes);
  used += idBytes;
  return hex;
}
