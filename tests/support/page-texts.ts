import { createInstance, type TFunction } from 'i18next';
import { en } from '../../renderer/i18n/en.ts';
import { ja } from '../../renderer/i18n/ja.ts';
import { zhCN } from '../../renderer/i18n/zh-cn.ts';

const resources = { en: { translation: en }, ja: { translation: ja }, 'zh-CN': { translation: zhCN } };

/** What the pages say in a language: a test finds its buttons by it, so that it runs in each. */
export async function textsOf(language: keyof typeof resources): Promise<TFunction> {
  const texts = createInstance();
  await texts.init({ lng: language, resources, interpolation: { escapeValue: false } });
  return texts.t;
}
