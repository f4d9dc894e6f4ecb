import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Field, Select, Switch } from '../../components/field.tsx';
import { changeLanguage, isLanguage, languages } from '../../i18n/languages.ts';
import { themes, useUi } from '../../stores/ui.ts';

/** What only this browser knows. */
export function AppearancePanel() {
  const { t, i18n } = useTranslation();
  const { theme, setTheme, isMasked, toggleMask } = useUi();
  const heading = useId();
  return (
    <section aria-labelledby={heading} className="rounded-xl border border-line bg-surface px-5 pt-4 pb-5">
      <h2 id={heading} className="font-semibold text-[0.9375rem]">
        {t('settings.appearance')}
      </h2>
      <p className="text-muted text-xs">{t('settings.appearanceNote')}</p>
      <div className="mt-4 grid max-w-xl gap-4 sm:grid-cols-2">
        <Field label={t('nav.theme')}>
          {(ids) => (
            <Select
              {...ids}
              value={theme}
              onChange={({ target }) => setTheme(themes.find((one) => one === target.value) ?? theme)}
            >
              {themes.map((one) => (
                <option key={one} value={one}>
                  {t(`theme.${one}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t('page.language')}>
          {(ids) => (
            <Select
              {...ids}
              value={i18n.language}
              onChange={({ target }) => isLanguage(target.value) && changeLanguage(target.value)}
            >
              {Object.entries(languages).map(([tag, name]) => (
                <option key={tag} value={tag} lang={tag}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <div className="flex items-center justify-between gap-4 sm:col-span-2">
          <span>
            <span className="block font-medium">{t('nav.mask')}</span>
            <span className="block text-muted text-xs">{t('settings.maskNote')}</span>
          </span>
          <Switch label={t('nav.mask')} isOn={isMasked} onChange={toggleMask} />
        </div>
      </div>
    </section>
  );
}
