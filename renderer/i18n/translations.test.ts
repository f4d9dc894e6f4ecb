import { expect, test } from 'vitest';
import { en } from './en.ts';
import { ja } from './ja.ts';
import { pickLanguage } from './languages.ts';
import { zhCN } from './zh-cn.ts';

type Texts = { readonly [name: string]: string | Texts };

/** Every text by its full key; plural forms, which differ by language, count as one key. */
function flatten(texts: Texts, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, text] of Object.entries(texts)) {
    const key = prefix + name.replace(/_(one|other)$/, '');
    if (typeof text === 'string') found.set(key, text);
    else for (const [inner, value] of flatten(text, `${key}.`)) found.set(inner, value);
  }
  return found;
}

function placeholders(text: string | undefined): string[] {
  return [...(text ?? '').matchAll(/\{\{(\w+)/g)].map(([, name]) => name ?? '').sort();
}

const english = flatten(en);

test.each([
  ['zh-CN', flatten(zhCN)],
  ['ja', flatten(ja)],
])('%s has the same texts as English, each with the same values in it', (_, translated) => {
  expect([...translated.keys()].sort()).toEqual([...english.keys()].sort());
  for (const [key, text] of english) {
    expect({ key, values: placeholders(translated.get(key)) }).toEqual({ key, values: placeholders(text) });
  }
});

test('no text is empty', () => {
  for (const texts of [en, zhCN, ja]) expect([...flatten(texts).values()]).not.toContain('');
});

test.each([
  [['zh-CN'], 'zh-CN'],
  [['zh-TW', 'ja'], 'zh-CN'],
  [[null, 'fr', 'ja-JP', 'en'], 'ja'],
  [['ja', 'en-GB'], 'ja'],
  [['fr', 'de'], 'en'],
  [['constructor', ''], 'en'],
  [[], 'en'],
])('of the wishes %j it shows %s', (wishes, expected) => {
  expect(pickLanguage(wishes)).toBe(expected);
});
