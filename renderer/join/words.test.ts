import { expect, test } from 'vitest';
import en from './texts/en.json' with { type: 'json' };
import ja from './texts/ja.json' with { type: 'json' };
import zhCN from './texts/zh-CN.json' with { type: 'json' };
import { languageFor, refusalText, sayIn } from './words.ts';

test.each([
  ['zh-CN', zhCN],
  ['ja', ja],
])('%s has the same texts as English, none empty, each with the same values in it', (_, translated) => {
  const places = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();
  expect(Object.keys(translated)).toEqual(Object.keys(en));
  for (const [key, text] of Object.entries(en)) {
    const other = Object.entries(translated).find(([name]) => name === key)?.[1] ?? '';
    expect(other).not.toBe('');
    expect({ key, places: places(other).filter((one) => one !== 'count') }).toEqual({
      key,
      places: places(text).filter((one) => one !== 'count'),
    });
  }
});

test.each([
  [['fr', 'ja-JP'], 'ja'],
  [['zh-TW', 'en'], 'zh-CN'],
  [['fr'], 'en'],
  [[], 'en'],
])('of the wishes %j it shows %s', (wishes, expected) => {
  expect(languageFor(wishes)).toBe(expected);
});

test('numbers are said as they are', () => {
  expect(sayIn('en')('testOk', { count: 1, ms: 12 })).toBe('It works: one model, answered in 12 ms.');
  expect(sayIn('en')('testOk', { count: 3, ms: 12 })).toBe('It works: 3 models, answered in 12 ms.');
});

test('a refusal is said in the language of the page, and one that it does not know as the relay says it', () => {
  expect(refusalText('ja', { reason: 'taken', message: 'Used.' })).toBe(ja['refused-taken']);
  expect(refusalText('ja', { reason: 'of-another-version', message: 'Used.' })).toBe('Used.');
});
