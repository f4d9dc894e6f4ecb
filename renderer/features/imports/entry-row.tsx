import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Masked } from '../../components/masked.tsx';

interface Props {
  readonly entry: Output<'planImport'>['entries'][number];
  readonly isTicked: boolean;
  onToggle(): void;
}

/** One thing that was found, with what it would be here, or why it stays where it is. */
export function EntryRow({ entry, isTicked, onToggle }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const { name, kind, provider, address, hasSecret, isEnabled, isLocal, reason } = entry;
  const notes = [
    provider === undefined ? t(`imports.kind-${kind}`) : t(`provider.${provider}`),
    ...(address === undefined ? [] : [address]),
    ...(hasSecret ? [t('imports.hasSecret')] : []),
    ...(isEnabled ? [] : [t('imports.turnedOff')]),
    ...(isLocal && reason === null ? [t('imports.isLocal')] : []),
  ];
  return (
    <li className="flex items-start gap-3 rounded-lg border border-line px-4 py-2.5">
      <input
        id={id}
        type="checkbox"
        checked={isTicked}
        disabled={reason !== null}
        onChange={onToggle}
        aria-describedby={`${id}-note`}
        className="mt-1 size-4 shrink-0 accent-accent"
      />
      <span className="min-w-0 flex-1">
        <label htmlFor={id} className={`block break-words font-medium ${reason === null ? '' : 'text-muted'}`}>
          <Masked text={name} />
        </label>
        <span id={`${id}-note`} className="block break-words text-muted text-xs">
          {notes.join(' · ')}
          {reason !== null && <span className="block">{t(`imports.reason-${reason}`)}</span>}
        </span>
      </span>
    </li>
  );
}
