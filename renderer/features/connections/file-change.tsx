import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { StateMark } from '../../components/state-mark.tsx';

type Change = Output<'planConnection'>['files'][number];
type Line = Change['lines'][number];

const looks: Readonly<Record<Line['kind'], string>> = {
  same: 'text-muted',
  skipped: 'text-muted',
  added: 'bg-good/10 text-text',
  removed: 'bg-bad/10 text-text line-through',
};
const signs: Readonly<Record<Line['kind'], string>> = { same: ' ', skipped: '…', added: '+', removed: '−' };

/** What changes in one file: by sign as well as by colour. */
export function FileChange({ change: { file, target, isNew, isIgnored, lines } }: { readonly change: Change }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <figure aria-labelledby={id} className="overflow-hidden rounded-lg border border-line">
      <figcaption id={id} className="break-all border-line border-b bg-sunken px-3 py-1.5 font-mono text-xs">
        {file}
        {target !== file && ` → ${target}`}
        {isNew && <span className="ml-2 font-sans text-muted">{t('connections.newFile')}</span>}
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard */}
      <section className="overflow-x-auto py-1" tabIndex={0} aria-labelledby={id}>
        <ul className="w-max min-w-full font-mono text-xs leading-5">
          {numbered(lines).map(({ number, kind, text }) => (
            <li key={number} className={`whitespace-pre px-3 ${looks[kind]}`}>
              <span aria-hidden="true" className="inline-block w-4">
                {signs[kind]}
              </span>
              {kind === 'added' && <span className="sr-only">{t('connections.added')} </span>}
              {kind === 'removed' && <span className="sr-only">{t('connections.removed')} </span>}
              {text}
            </li>
          ))}
        </ul>
      </section>
      {isIgnored && (
        <p className="flex items-baseline gap-2 border-line border-t px-3 py-2">
          <StateMark tone="caution" />
          {t('connections.ignored')}
        </p>
      )}
    </figure>
  );
}

function numbered(lines: readonly Line[]) {
  return lines.map((line, number) => ({ ...line, number }));
}
