import { useTranslation } from 'react-i18next';
import { CopyButton } from './copy-button.tsx';

interface Props {
  readonly text: string;
}

/** Something to paste into a terminal, with its copy button. */
export function CommandLine({ text }: Props) {
  const { t } = useTranslation();
  return (
    <div className="flex items-start justify-between gap-3 rounded-lg border border-line bg-sunken py-1.5 pr-1.5 pl-3">
      <pre className="min-w-0 whitespace-pre-wrap break-words py-1 font-mono text-[0.8125rem] leading-5 [overflow-wrap:anywhere]">
        {text}
      </pre>
      <CopyButton text={text} label={t('copy.command')} />
    </div>
  );
}
