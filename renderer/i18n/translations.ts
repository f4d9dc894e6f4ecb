import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en.ts';
import { ja } from './ja.ts';
import { zhCN } from './zh-cn.ts';

/** Each language by its own name. */
export const languages = { en: 'English', 'zh-CN': '简体中文', ja: '日本語' } as const;

export type Language = keyof typeof languages;

const storageName = 'waystation.language';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

export function startTranslations(): void {
  void i18next.use(initReactI18next).init({
    resources: { en: { translation: en }, 'zh-CN': { translation: zhCN }, ja: { translation: ja } },
    lng: pickLanguage([localStorage.getItem(storageName), ...navigator.languages]),
    fallbackLng: 'en',
    // React escapes by itself.
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  followLanguage(i18next.language);
  i18next.on('languageChanged', followLanguage);
}

export function changeLanguage(language: Language): void {
  localStorage.setItem(storageName, language);
  void i18next.changeLanguage(language);
}

/** The first wish that we have, by its exact tag or by its first part; English when none fits. */
export function pickLanguage(wishes: readonly (string | null)[]): Language {
  const names = Object.keys(languages).filter(isLanguage);
  for (const wish of wishes) {
    const found = names.find((name) => name === wish) ?? names.find((name) => partOf(name) === partOf(wish ?? ''));
    if (found) return found;
  }
  return 'en';
}

export function isLanguage(text: string): text is Language {
  return Object.hasOwn(languages, text);
}

function partOf(tag: string): string {
  return tag.split('-')[0] ?? tag;
}

function followLanguage(language: string): void {
  document.documentElement.lang = language;
}
