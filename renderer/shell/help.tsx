import { useTranslation } from 'react-i18next';
import { Dialog } from '../components/dialog.tsx';
import { useUi } from '../stores/ui.ts';
import { pages } from './pages.ts';
import { isMac } from './top-bar.tsx';

/** Every key that does something. */
export function Help() {
  const { t } = useTranslation();
  const { isHelpOpen, showHelp } = useUi();
  const command = isMac() ? '⌘' : 'Ctrl';
  const keys: readonly (readonly [string, string])[] = [
    [`${command} K`, t('help.palette')],
    ...pages.map(({ id }, index) => [`${command} ${index + 1}`, t(`nav.${id}`)] as const),
    ['/', t('help.filter')],
    ['J  K', t('help.rows')],
    ['Enter', t('help.open')],
    ['Esc', t('help.back')],
    ['?', t('help.help')],
  ];
  return (
    <Dialog isOpen={isHelpOpen} title={t('help.heading')} onClose={() => showHelp(false)}>
      <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-6 gap-y-2">
        {keys.map(([key, text]) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="rounded-md border border-line bg-sunken px-1.5 py-0.5 font-mono text-xs">{key}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
