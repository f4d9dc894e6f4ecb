import { expect, test } from 'vitest';
import type { KeyPath } from './editor.ts';
import { editors } from './editors.ts';

const { jsonc, toml, dotenv } = editors;
const key: KeyPath = ['env', 'A'];

test.each([
  ['{\n  "env": {\n    "B": "1" // why\n  }\n}\n', '{\n  "env": {\n    "B": "1", // why\n    "A": "x"\n  }\n}\n'],
  ['{\n\t"env": {},\n}', '{\n\t"env": {\n\t\t"A": "x"\n\t},\n}'],
  ['{"env":{"B":1}}', '{"env":{"B":1, "A": "x"}}'],
  ['{}', '{\n  "env": {\n    "A": "x"\n  }\n}'],
  ['{ "env": { "A": 1, "A": "old" } }', '{ "env": { "A": 1, "A": "x" } }'],
])('JSON: a key finds its place and goes without a trace: %j', (before, after) => {
  const { text, previous } = jsonc.set(before, key, 'x');
  expect([text, jsonc.undo(text, key, previous)]).toEqual([after, before]);
});

test('JSON: what somebody adds behind our key stays when it goes', () => {
  const { text, previous } = jsonc.set('{\n  "env": {\n    "B": "1"\n  }\n}', key, 'x');
  const edited = text.replace('"A": "x"', '"A": "x",\n    "C": "2"');
  expect(jsonc.undo(edited, key, previous)).toBe('{\n  "env": {\n    "B": "1",\n    "C": "2"\n  }\n}');
});

test('JSON: a container that we made stays while somebody else has a key in it', () => {
  const { text, previous } = jsonc.set('{}', key, 'x');
  const edited = text.replace('"A": "x"', '"A": "x",\n    "C": "2"');
  expect(jsonc.undo(edited, key, previous)).toBe('{\n  "env": {\n    "C": "2"\n  }\n}');
});

test('TOML: a table goes to the end, a plain key above the first table', () => {
  const before = 'model = "m" # mine\n\n[tui]\ntheme = "dark"';
  const one = toml.set(before, ['model_provider'], 'w');
  const two = toml.set(one.text, ['model_providers', 'w', 'name'], 'W');
  expect(two.text).toBe(
    'model = "m" # mine\nmodel_provider = "w"\n\n[tui]\ntheme = "dark"\n\n[model_providers.w]\nname = "W"',
  );
  const back = toml.undo(two.text, ['model_providers', 'w', 'name'], two.previous);
  expect(toml.undo(back, ['model_provider'], one.previous)).toBe(before);
});

test('TOML: what was there comes back as it was written', () => {
  const before = "[model_providers.w]\nname = 'mine' # why\n";
  const { text, previous } = toml.set(before, ['model_providers', 'w', 'name'], 'W');
  expect(text).toBe('[model_providers.w]\nname = "W" # why\n');
  expect(toml.undo(text, ['model_providers', 'w', 'name'], previous)).toBe(before);
});

test('variables: the last of a name counts, quotes, exports and comments stay', () => {
  const before = 'export A="one"\r\nA=two # why\r\n#A=three\r\nB="A=4\r\nA=5"';
  const { text, previous } = dotenv.set(before, ['A'], 'x');
  expect(text).toBe('export A="one"\r\nA=x # why\r\n#A=three\r\nB="A=4\r\nA=5"');
  expect(dotenv.undo(text, ['A'], previous)).toBe(before);
});
