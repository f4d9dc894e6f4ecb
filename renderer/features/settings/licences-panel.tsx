import { useTranslation } from 'react-i18next';
import { Panel } from '../../components/panel.tsx';
import { useLicences } from '../../stores/licences.ts';

/** What others wrote that Waystation is made of, and on which terms. */
export function LicencesPanel() {
  const { t } = useTranslation();
  const licences = useLicences();
  const { value = [] } = licences;
  return (
    <Panel heading={t('computer.licences')} note={String(value.length || '')} resource={licences}>
      <p className="max-w-prose px-5 pb-2 text-muted">{t('computer.licencesNote')}</p>
      <ul className="max-h-96 divide-y divide-line overflow-auto px-5 pb-4">
        {value.map(({ name, version, licence, text }) => (
          <li key={`${name} ${version}`} className="py-1.5">
            <details>
              <summary className="min-h-6 cursor-pointer">
                {name} {version} <span className="text-muted text-xs">{licence}</span>
              </summary>
              <p className="whitespace-pre-wrap break-words py-2 font-mono text-xs">{text || licence}</p>
            </details>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
