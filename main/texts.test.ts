import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { languages } from '../app/notify/words.ts';
import { chooseLanguage, textsIn } from './texts.ts';

const tableOf = (name: string): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`./texts/${name}.json`, import.meta.url), 'utf8'));
const english = tableOf('en');
const blanks = (text: string) => [...text.matchAll(/\{\{\w+\}\}/g)].map(String).sort();

test.each([
  [['de-DE', 'ja-JP'], 'ja'],
  [['zh-Hant-TW'], 'zh-CN'],
  [['zh_CN'], 'zh-CN'],
  [['en-GB', 'ja'], 'en'],
  [['fr'], 'en'],
  [[], 'en'],
])('a system that speaks %j is answered in %s', (preferred, expected) => {
  expect(chooseLanguage(preferred)).toBe(expected);
});

test.each(languages)('%s has every text, with the same blanks', (language) => {
  const table = tableOf(language.toLowerCase());
  expect(Object.keys(table)).toEqual(Object.keys(english));
  for (const [key, text] of Object.entries(table)) {
    expect([key, [...new Set(blanks(text))]]).toEqual([key, [...new Set(blanks(english[key] ?? ''))]]);
    expect(text.trim(), key).not.toBe('');
  }
});

test('a number chooses its form', () => {
  const say = textsIn('en');
  expect(say('tray.today', { count: 1, cost: '$0.10' })).toBe('Today: 1 request · $0.10');
  expect(say('tray.today', { count: 182, cost: '$4.12' })).toBe('Today: 182 requests · $4.12');
  expect(textsIn('ja')('tray.today', { count: 1, cost: '$1' })).toBe('今日: 1 リクエスト · $1');
});

test('every text is shown by some code of the shell', () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const unused = Object.keys(english)
    .map((key) => key.replace(/_(one|other)$/, ''))
    .filter((key) => !sources.includes(`'${key}'`) && !sources.includes(`\`${key.replace(/[^.]+$/, '')}\${`));
  expect([...new Set(unused)]).toEqual([]);
});
