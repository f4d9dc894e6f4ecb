import type { Language } from '../app/notify/words.ts';
import en from './texts/en.json' with { type: 'json' };
import ja from './texts/ja.json' with { type: 'json' };
import zhCn from './texts/zh-cn.json' with { type: 'json' };

type Table = typeof en;
type Written = keyof Table & string;
/** A text that depends on a number is written once for each form, and asked for without it. */
export type TextKey = Written extends infer Key ? (Key extends `${infer Base}_${'one' | 'other'}` ? Base : Key) : never;

export type TextValues = Readonly<Record<string, string | number>>;
export type Say = (key: TextKey, values?: TextValues) => string;

/** A missing translation does not compile. */
const tables: Readonly<Record<Language, Readonly<Record<Written, string>>>> = { en, 'zh-CN': zhCn, ja };

/** The language of the system where we speak it, else English. Only the first choice is asked that matters to us. */
export function chooseLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const [spoken] = tag.toLowerCase().split(/[-_]/);
    if (spoken === 'zh') return 'zh-CN';
    if (spoken === 'ja' || spoken === 'en') return spoken;
  }
  return 'en';
}

/** What tray, dialogs and notifications say in one language. */
export function textsIn(language: Language): Say {
  const table: Readonly<Record<string, string>> = tables[language];
  const rules = new Intl.PluralRules(language);
  return (key, values = {}) => {
    const { count } = values;
    const form = typeof count === 'number' ? `${key}_${rules.select(count)}` : key;
    const text = table[form] ?? table[`${key}_other`] ?? table[key] ?? key;
    return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? ''));
  };
}
