import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { Panel } from '../../components/panel.tsx';
import { useApi } from '../../stores/api.ts';

type Collected = Output<'collectDiagnostics'>;

/** What somebody who helps needs: seen first, then saved, and sent to nobody. */
export function DiagnosticsPanel() {
  const { t, i18n } = useTranslation();
  const collected = useApi('collectDiagnostics', {}, { every: false });
  const { value } = collected;
  const size = new Intl.NumberFormat(i18n.language, { style: 'unit', unit: 'byte', unitDisplay: 'long' });
  return (
    <Panel heading={t('settings.archive')} resource={collected}>
      <p className="max-w-prose px-5 pb-2 text-muted">{t('settings.archiveNote')}</p>
      <ul className="divide-y divide-line px-5">
        {(value?.files ?? []).map(({ name, bytes, text }) => (
          <li key={name} className="py-1.5">
            <details>
              <summary className="min-h-6 cursor-pointer">
                <span className="font-mono text-xs">{name}</span>{' '}
                <span className="text-muted text-xs">{size.format(bytes)}</span>
              </summary>
              <section
                // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
                tabIndex={0}
                aria-label={name}
                className="max-h-80 overflow-auto"
              >
                <pre className="whitespace-pre-wrap break-all font-mono text-xs">{text}</pre>
              </section>
            </details>
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2 px-5 py-4">
        <Button look="primary" disabled={!value} onClick={() => value && save(value)}>
          {t('settings.saveArchive')}
        </Button>
        <Button onClick={() => void collected.refresh()}>{t('settings.collectAgain')}</Button>
      </div>
    </Panel>
  );
}

/** The very bytes whose contents are shown. */
function save({ name, archive }: Pick<Collected, 'name' | 'archive'>): void {
  const bytes = Uint8Array.from(atob(archive), (one) => one.charCodeAt(0));
  const address = URL.createObjectURL(new Blob([bytes], { type: 'application/gzip' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
