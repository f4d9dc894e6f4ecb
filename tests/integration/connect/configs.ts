import fc from 'fast-check';

// Files as people keep them: made at random, always well-formed.

/** Between tokens: blanks, line ends and comments. */
const blanks = fc.constantFrom('', ' ', '\n', '\n\n  ', '\t');
const comment = fc.constantFrom('// a note\n', '/* a note */', '/* over\n two lines */', '// "env": { "x": 1 }\n');
const trivia = fc.oneof(
  { weight: 4, arbitrary: blanks },
  { weight: 1, arbitrary: fc.tuple(blanks, comment, blanks).map((all) => all.join('')) },
);

const word = fc.constantFrom(
  'model',
  'theme',
  'permissions',
  'hooks',
  'ключ',
  '模型',
  'a b',
  'x.y',
  'name',
  'ANTHROPIC_MODEL',
);
const leaf = fc.oneof(
  fc.string({ maxLength: 12 }).map((text) => JSON.stringify(text)),
  fc.constantFrom('1', '-2.5e3', 'true', 'null', '"\\u00e9 \\"quoted\\""', '"{"', '"//"'),
);

const value = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { weight: 5, arbitrary: leaf },
    { weight: 1, arbitrary: container('[', ']', tie('value')) },
    { weight: 1, arbitrary: container('{', '}', members(tie('value'))) },
  ),
})).value;

function members(inner: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(word, trivia, trivia, inner)
    .map(([name, before, after, text]) => `${JSON.stringify(name)}${before}:${after}${text}`);
}

function container(open: string, close: string, member: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const item = fc.tuple(trivia, member, trivia).map((all) => all.join(''));
  return fc
    .tuple(fc.array(item, { maxLength: 4 }), trivia, fc.constantFrom('', ','))
    .map(
      ([items, inside, trailing]) => open + (items.length === 0 ? inside : items.join(',') + trailing + inside) + close,
    );
}

/** Some of them hold what we are going to write ourselves. */
function jsoncWith(own: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const item = (member: fc.Arbitrary<string>) => fc.tuple(trivia, member, trivia).map((all) => all.join(''));
  return fc
    .tuple(
      trivia,
      fc.array(item(members(value)), { maxLength: 4 }),
      fc.option(item(own)),
      trivia,
      fc.constantFrom('', ','),
      trivia,
    )
    .map(([before, some, ours, inside, trailing, after]) => {
      const items = ours === null ? some : [...some.slice(0, 1), ours, ...some.slice(1)];
      return `${before}{${items.length === 0 ? inside : items.join(',') + trailing + inside}}${after}`;
    });
}

const claudeEnv = container(
  '{',
  '}',
  fc
    .tuple(fc.constantFrom('ANTHROPIC_BASE_URL', 'ANTHROPIC_AUTH_TOKEN', 'HTTP_PROXY', 'X'), leaf)
    .map(([name, text]) => `"${name}": ${text}`),
).map((text) => `"env": ${text}`);

const vsCodeList = container(
  '[',
  ']',
  fc
    .tuple(fc.constantFrom('ANTHROPIC_BASE_URL', 'ANTHROPIC_MODEL'), trivia, leaf)
    .map(([name, blank, text]) => `{ "name": "${name}",${blank}"value": ${text} }`),
).map((text) => `"claudeCode.environmentVariables": ${text}`);

const line = fc.constantFrom('', '# a comment', '  # indented', '#GEMINI_API_KEY=old');
const variable = fc
  .tuple(
    fc.constantFrom('', 'export '),
    fc.constantFrom('A', 'GEMINI_API_KEY', 'GOOGLE_GEMINI_BASE_URL', 'B_2', 'PATH.X'),
    fc.constantFrom('x', '"two words"', "'single # no comment'", '"over\ntwo lines"', 'x # comment', ''),
  )
  .map(([exported, name, text]) => `${exported}${name}=${text}`);

export const dotenvText = fc
  .tuple(fc.array(fc.oneof(line, variable), { maxLength: 8 }), fc.boolean())
  .map(([lines, ends]) => lines.join('\n') + (ends && lines.length > 0 ? '\n' : ''));

const tomlValue = fc.constantFrom(
  '"text"',
  "'literal'",
  '1',
  'true',
  '[1, 2]',
  '{ a = 1 }',
  '1979-05-27',
  '"""over\ntwo"""',
  '[\n  "x", # why\n]',
);
const tomlTop = fc.subarray(['model', 'approval_policy', '"quoted key"', 'a.b', 'model_provider']);
const tomlTable = fc.subarray([
  '[tui]',
  '[model_providers.other]',
  '[[rules]]',
  '[model_providers.waystation]',
  '[mcp_servers."a.b"]',
  '[model_providers]',
]);

export const tomlText = fc
  .tuple(
    tomlTop,
    tomlTable,
    fc.array(tomlValue, { minLength: 12, maxLength: 12 }),
    fc.array(fc.constantFrom('', '# note', '\n'), { minLength: 12, maxLength: 12 }),
    fc.boolean(),
  )
  .map(([top, tables, values, notes, ends]) => {
    const pairs = top.map((key, index) => `${notes[index]}\n${key} = ${values[index]} # ${index}`);
    const bodies = tables.map(
      (header, index) => `${notes[index + 5]}\n${header} # t\nname = ${values[index + 5]}\n  indented = 1`,
    );
    const text = [...pairs, ...bodies].join('\n');
    return text === '' || !ends ? text : `${text}\n`;
  });

export const jsoncTexts = {
  'claude-code': jsoncWith(claudeEnv),
  'vs-code': jsoncWith(vsCodeList),
  'qwen-code': jsoncWith(claudeEnv),
  opencode: jsoncWith(
    fc.constantFrom(
      '"provider": {}',
      '"provider": { "anthropic": { "options": { "apiKey": "x" } } }',
      '"provider": {\n  "my": { "npm": "x" },\n}',
    ),
  ),
} as const;

/** How the same text is kept on disk. */
export const manners = fc.record({
  isCrlf: fc.boolean(),
  hasMark: fc.boolean(),
  isLinked: fc.boolean(),
  mode: fc.constantFrom(0o600, 0o644, 0o640),
});

export function asKept(text: string, { isCrlf, hasMark }: { isCrlf: boolean; hasMark: boolean }): string {
  const lines = isCrlf ? text.replace(/\r?\n/g, '\r\n') : text;
  return hasMark ? `\ufeff${lines}` : lines;
}
