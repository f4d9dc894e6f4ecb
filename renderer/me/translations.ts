import commonEn from '../i18n/en/common.json' with { type: 'json' };
import meEn from '../i18n/en/me.json' with { type: 'json' };
import commonJa from '../i18n/ja/common.json' with { type: 'json' };
import meJa from '../i18n/ja/me.json' with { type: 'json' };
import { startWith } from '../i18n/languages.ts';
import commonZh from '../i18n/zh-CN/common.json' with { type: 'json' };
import meZh from '../i18n/zh-CN/me.json' with { type: 'json' };

/** Only what this page says: it is loaded by phones. */
export function startTranslations(): Promise<void> {
  return startWith({
    en: { translation: { ...commonEn, ...meEn } },
    ja: { translation: { ...commonJa, ...meJa } },
    'zh-CN': { translation: { ...commonZh, ...meZh } },
  });
}
