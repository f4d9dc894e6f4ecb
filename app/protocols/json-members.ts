import type { Fields } from './read-facts.ts';

export interface MemberChange {
  readonly without: ReadonlySet<string>;
  /** Printed members that go in front, such as `"stream":true`. */
  readonly first: readonly string[];
}

const openBrace = 0x7b;
const comma = 0x2c;

/**
 * An object that `scanObject` has read, with some members taken out and others put in front. What stays keeps its bytes,
 * blanks included: nothing is parsed and printed again, so caches and signatures hold.
 */
export function replaceMembers(body: Uint8Array, fields: Fields, { without, first }: MemberChange): Buffer {
  const kept: Uint8Array[] = [];
  let at = body.indexOf(openBrace) + 1;
  for (const [name, { end }] of fields) {
    if (!without.has(name)) kept.push(body.subarray(at, end));
    at = body.indexOf(comma, end) + 1;
  }
  const members = [...first.map((text) => Buffer.from(text)), ...kept];
  const parts = members.flatMap((member, index) => (index === 0 ? [member] : [Buffer.from(','), member]));
  return Buffer.concat([Buffer.from('{'), ...parts, Buffer.from('}')]);
}
