import { Menu } from '@base-ui/react/menu';
import { Check, Eye, EyeOff, Search, SlidersHorizontal } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../components/button.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { changeLanguage, isLanguage, languages } from '../i18n/languages.ts';
import { useApi } from '../stores/api.ts';
import { themes, useUi } from '../stores/ui.ts';
import { PauseButton } from './pause.tsx';

export function TopBar() {
  const { t } = useTranslation();
  const { isMasked, toggleMask, showPalette } = useUi();
  const { value } = useApi('status', {});
  const address = value?.url ?? location.origin;
  return (
    <header className="sticky top-0 z-30 flex items-center gap-2 border-line border-b bg-page/95 px-4 py-2 sm:px-6">
      <div className="flex min-w-0 items-center gap-1 rounded-full border border-line bg-surface py-0.5 pr-0.5 pl-3">
        <code className="truncate font-mono text-xs">{address}</code>
        <CopyButton text={address} label={t('copy.address')} />
      </div>
      <div className="flex-1" />
      <button
        type="button"
        onClick={() => showPalette(true)}
        className="hidden min-h-8 items-center gap-2 rounded-lg border border-line bg-surface px-2.5 text-muted text-xs hover:border-edge sm:inline-flex"
      >
        <Search className="size-3.5" aria-hidden="true" />
        {t('nav.search')}
        <kbd className="rounded border border-line px-1 font-mono">{isMac() ? '⌘' : 'Ctrl'} K</kbd>
      </button>
      <span className="sm:hidden">
        <IconButton label={t('nav.search')} onClick={() => showPalette(true)}>
          <Search className="size-4" aria-hidden="true" />
        </IconButton>
      </span>
      <PauseButton />
      <IconButton label={t(isMasked ? 'nav.unmask' : 'nav.mask')} aria-pressed={isMasked} onClick={toggleMask}>
        {isMasked ? <EyeOff className="size-4" aria-hidden="true" /> : <Eye className="size-4" aria-hidden="true" />}
      </IconButton>
      <LooksMenu />
    </header>
  );
}

function LooksMenu() {
  const { t, i18n } = useTranslation();
  const { theme, setTheme } = useUi();
  return (
    <Menu.Root>
      <Menu.Trigger
        aria-label={t('nav.looks')}
        title={t('nav.looks')}
        className="inline-flex size-8 items-center justify-center rounded-lg text-muted hover:bg-sunken hover:text-text"
      >
        <SlidersHorizontal className="size-4" aria-hidden="true" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={6} className="z-50">
          <Menu.Popup className="min-w-44 rounded-xl border border-line bg-surface p-1.5 text-text shadow-xl outline-none">
            <Menu.RadioGroup value={theme} onValueChange={setTheme}>
              <Heading text={t('nav.theme')} />
              {themes.map((one) => (
                <Choice key={one} value={one}>
                  {t(`theme.${one}`)}
                </Choice>
              ))}
            </Menu.RadioGroup>
            <Menu.RadioGroup
              value={i18n.language}
              onValueChange={(tag: string) => isLanguage(tag) && changeLanguage(tag)}
            >
              <Heading text={t('page.language')} />
              {Object.entries(languages).map(([tag, name]) => (
                <Choice key={tag} value={tag}>
                  <span lang={tag}>{name}</span>
                </Choice>
              ))}
            </Menu.RadioGroup>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Heading({ text }: { readonly text: string }) {
  return <p className="px-2.5 pt-1.5 pb-1 text-muted text-xs">{text}</p>;
}

function Choice({ value, children }: { readonly value: string; readonly children: ReactNode }) {
  return (
    <Menu.RadioItem
      value={value}
      className="flex min-h-8 cursor-default items-center gap-2 rounded-lg px-2.5 outline-none data-highlighted:bg-sunken"
    >
      <Menu.RadioItemIndicator keepMounted className="size-4 text-accent data-unchecked:invisible">
        <Check className="size-4" aria-hidden="true" />
      </Menu.RadioItemIndicator>
      {children}
    </Menu.RadioItem>
  );
}

export function isMac(): boolean {
  return navigator.userAgent.includes('Mac');
}
