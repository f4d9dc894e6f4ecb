import type { Tone } from './state-mark.tsx';

interface Props {
  readonly label: string;
  /** 0 to 1. */
  readonly used: number;
  /** Share of the window's time that has passed: where an even pace would be. */
  readonly elapsed?: number | undefined;
  readonly tone: Tone;
  /** In words: how much, when it resets, whether it lasts. */
  readonly text: string;
}

const fills: Readonly<Record<Tone, string>> = {
  good: 'fill-accent',
  caution: 'fill-caution',
  bad: 'fill-bad',
  quiet: 'fill-edge',
};

/** How much of a limit is used, beside how much of its time is over. */
export function Gauge({ label, used, elapsed, tone, text }: Props) {
  const percent = Math.round(Math.min(1, Math.max(0, used)) * 100);
  return (
    <div className="flex flex-col gap-1">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3 text-xs">
        <span className="font-medium">{label}</span>
        <span className="text-muted tabular-nums">{text}</span>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a <meter> cannot show the pace beside what is used */}
      <div
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={text}
        className="relative h-2 overflow-hidden rounded-full bg-sunken"
      >
        <Bar percent={percent} className={fills[tone]} />
        {elapsed !== undefined && <Mark percent={Math.round(elapsed * 100)} />}
      </div>
    </div>
  );
}

/** As SVG: the page's policy allows no styles in attributes. */
function Bar({ percent, className }: { readonly percent: number; readonly className: string }) {
  return (
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" className="absolute inset-0 size-full" aria-hidden="true">
      <rect width={percent} height="8" className={className} />
    </svg>
  );
}

function Mark({ percent }: { readonly percent: number }) {
  return (
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" className="absolute inset-0 size-full" aria-hidden="true">
      <rect x={Math.min(99.2, percent)} width="0.8" height="8" className="fill-text" />
    </svg>
  );
}
