import { expect, test } from 'vitest';
import { parseRelaxedJson } from './relaxed-json.ts';

test('comments, trailing commas, bare names and single quotes are read as people mean them', () => {
  const text = `\ufeff// keys
  {
    Providers: [ /* one */ { name: 'it\\'s "one"', "api_base_url": "https://a.example/v1//x", models: ['a',], }, ],
  }`;
  expect(parseRelaxedJson(text)).toEqual({
    Providers: [{ name: 'it\'s "one"', api_base_url: 'https://a.example/v1//x', models: ['a'] }],
  });
});

test('what is no JSON at all is nothing', () => {
  expect([parseRelaxedJson('{ "a": '), parseRelaxedJson('hello there')]).toEqual([undefined, undefined]);
});
