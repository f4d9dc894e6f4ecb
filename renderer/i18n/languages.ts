import i18next, { type Resource } from 'i18next';
import { initReactI18next } from 'react-i18next';

/** Each language by its own name. */
export const languages = { en: 'English', 'zh-CN': '简体中文', ja: '日本語' } as const;

export type Language = keyof typeof languages;

const storageName = 'waystation.language';

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

type Texts = Resource[string];
/** Brings the texts of a language. */
export type Fetch = () => Promise<Texts>;

let fetchOthers: Readonly<Partial<Record<Language, Fetch>>> = {};

/** Begins with what the browser's person chose, or wishes for; what is not there comes when it is needed. */
export async function startWith(
  resources: Readonly<Partial<Record<Language, Texts>>>,
  others: Readonly<Partial<Record<Language, Fetch>>> = {},
): Promise<void> {
  fetchOthers = others;
  const lng = pickLanguage([localStorage.getItem(storageName), ...navigator.languages]);
  void i18next.use(initReactI18next).init({
    ...{ resources, lng, fallbackLng: 'en' },
    // React escapes by itself.
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  await bring(lng);
  followLanguage(lng);
  i18next.on('languageChanged', followLanguage);
}

export function changeLanguage(language: Language): void {
  localStorage.setItem(storageName, language);
  void bring(language).then(() => i18next.changeLanguage(language));
}

/** Without its texts, which an unreachable relay cannot give, a page speaks English. */
async function bring(language: Language): Promise<void> {
  const texts = await fetchOthers[language]?.().catch(() => undefined);
  for (const [namespace, found] of Object.entries(texts ?? {})) i18next.addResourceBundle(language, namespace, found);
}

function followLanguage(language: string): void {
  document.documentElement.lang = language;
}
