import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

interface Props {
  readonly text: string;
  /** What a screen reader says. */
  readonly label: string;
}

type Outcome = 'copied' | 'refused';

const shownMs = 1_600;

export function CopyButton({ text, label }: Props) {
  const { t } = useTranslation();
  const [outcome, setOutcome] = useState<Outcome>();

  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(undefined), shownMs);
    return () => clearTimeout(timer);
  }, [outcome]);

  return (
    <button
      type="button"
      aria-label={outcome ? t(`copy.${outcome}`) : label}
      onClick={() => void copy(text).then(setOutcome)}
      className="inline-flex min-h-7 shrink-0 cursor-pointer items-center gap-1.5 rounded-full px-2 text-muted text-xs hover:bg-sunken hover:text-text"
    >
      {outcome === 'copied' ? <TickMark /> : <SheetsMark />}
      <span aria-live="polite">{t(`copy.${outcome ?? 'copy'}`)}</span>
    </button>
  );
}

/** A page that does not come from this computer, or a strict browser, has no clipboard. */
async function copy(text: string): Promise<Outcome> {
  try {
    await navigator.clipboard.writeText(text);
    return 'copied';
  } catch {
    return 'refused';
  }
}

function SheetsMark() {
  return (
    <svg
      viewBox="0 0 16 16"
      className="size-3.5"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      aria-hidden="true"
    >
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.6" />
      <path d="M10.5 5.5V4A1.5 1.5 0 0 0 9 2.5H4A1.5 1.5 0 0 0 2.5 4v5A1.5 1.5 0 0 0 4 10.5h1.5" />
    </svg>
  );
}

function TickMark() {
  return (
    <svg
      viewBox="0 0 16 16"
      className="size-3.5 text-good"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      aria-hidden="true"
    >
      <path d="M3 8.5l3.2 3.2L13 4.8" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
