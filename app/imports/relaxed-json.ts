import { type ParseError, parse } from 'jsonc-parser';

/** Texts and comments first, so that nothing inside them is taken for the name of a field. */
const pieces =
  /"(?:\\[\s\S]|[^"\\])*"|'((?:\\[\s\S]|[^'\\])*)'|\/\/[^\n]*|\/\*[\s\S]*?\*\/|([A-Za-z_$][\w$]*)(?=\s*:)/g;

/** JSON, or what people write by hand of JSON5: comments, trailing commas, bare names, single quotes. Undefined when it is neither. */
export function parseRelaxedJson(text: string): unknown {
  const plain = text.replace(/^\ufeff/, '').replace(pieces, (piece, single?: string, name?: string) => {
    if (name !== undefined) return `"${name}"`;
    if (single === undefined) return piece.startsWith('/') ? '' : piece;
    return `"${single.replaceAll("\\'", "'").replace(/(^|[^\\])"/g, '$1\\"')}"`;
  });
  const errors: ParseError[] = [];
  const value: unknown = parse(plain, errors, { allowTrailingComma: true });
  return errors.length === 0 ? value : undefined;
}
