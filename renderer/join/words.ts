import en from './texts/en.json' with { type: 'json' };
import ja from './texts/ja.json' with { type: 'json' };
import zhCN from './texts/zh-CN.json' with { type: 'json' };

/** Each language by its own name. */
export const languages = { en: 'English', 'zh-CN': '简体中文', ja: '日本語' } as const;
export type Language = keyof typeof languages;

type Texts = typeof en;
export type Say = (
  key: Exclude<keyof Texts, `testOk_${string}` | `refused-${string}`> | 'testOk',
  values?: Values,
) => string;
type Values = Readonly<Record<string, string | number>>;

const texts: Readonly<Record<Language, Texts>> = { en, 'zh-CN': zhCN, ja };

/** The few texts of this page: it brings no library for them. */
export function sayIn(language: Language): Say {
  const own = texts[language];
  return (key, values = {}) => {
    const text = key === 'testOk' ? own[values['count'] === 1 ? 'testOk_one' : 'testOk_other'] : own[key];
    return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? ''));
  };
}

/** In the words of this page, or as the relay says what this page does not know. */
export function refusalText(
  language: Language,
  { reason, message }: { readonly reason: string; readonly message: string },
) {
  const known = Object.entries(texts[language]).find(([key]) => key === `refused-${reason}`);
  return known?.[1] ?? message;
}

/** The first wish that we have, by its first part. */
export function languageFor(wishes: readonly string[]): Language {
  const names: readonly Language[] = ['en', 'zh-CN', 'ja'];
  const partOf = (tag: string) => tag.split('-')[0];
  return wishes.flatMap((wish) => names.find((name) => partOf(name) === partOf(wish)) ?? []).at(0) ?? 'en';
}
