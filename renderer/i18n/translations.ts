import { en } from './en.ts';
import { startWith } from './languages.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

/** English comes with the page, for what another language lacks; of the others only the one that is read. */
export function startTranslations(): Promise<void> {
  return startWith(
    { en: { translation: en } },
    {
      'zh-CN': async () => ({ translation: (await import('./zh-cn.ts')).zhCN }),
      ja: async () => ({ translation: (await import('./ja.ts')).ja }),
    },
  );
}
