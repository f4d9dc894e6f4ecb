import { useTranslation } from 'react-i18next';
import type { Output } from '../../app/server/admin/contract.ts';
import { formatFuture } from '../i18n/format.ts';
import { Gauge } from './gauge.tsx';
import type { Tone } from './state-mark.tsx';
import { type LimitWindow, windowLabel } from './window-label.ts';

type Account = Pick<Output<'listAccounts'>[number], 'limits'>;

/** The limits that an account's upstream told of, the tightest first. */
export function LimitGauges({ account, most = 3 }: { readonly account: Account; readonly most?: number }) {
  const { t } = useTranslation();
  const windows = (account.limits?.windows ?? []).toSorted((a, b) => b.used - a.used).slice(0, most);
  if (windows.length === 0) return <span className="text-muted text-xs">{t('limits.unknown')}</span>;
  return (
    <div className="flex min-w-52 flex-col gap-2">
      {windows.map((window) => (
        <WindowGauge key={`${window.name} ${window.models?.join() ?? ''}`} window={window} />
      ))}
    </div>
  );
}

function WindowGauge({ window }: { readonly window: LimitWindow }) {
  const { t, i18n } = useTranslation();
  const now = Date.now();
  // What is nearly used up is not used up.
  const percent = window.used >= 1 ? 100 : Math.floor(window.used * 100);
  const resets = window.resetsAt === undefined ? undefined : formatFuture(window.resetsAt, i18n.language, now);
  const words = [
    t('limits.used', { percent }),
    ...(resets === undefined ? [] : [t('limits.resets', { time: resets })]),
    ...paceWords(window, (at) => formatFuture(at, i18n.language, now)).map(([key, values]) => t(key, values)),
  ];
  return (
    <Gauge
      label={windowLabel(window, t, i18n.language)}
      used={window.used}
      elapsed={window.pace?.elapsed}
      tone={toneOf(window)}
      text={words.join(' · ')}
    />
  );
}

type PaceWord =
  | readonly ['limits.runsOut', { readonly time: string }]
  | readonly ['limits.lasts', { readonly time?: string }];

function paceWords({ pace, isExhausted }: LimitWindow, format: (at: number) => string): readonly PaceWord[] {
  if (!pace || isExhausted) return [];
  return [pace.runsOutAt === undefined ? ['limits.lasts', {}] : ['limits.runsOut', { time: format(pace.runsOutAt) }]];
}

/** By when it runs out, not by how much is used: most of a window may be used near its end. */
function toneOf({ isExhausted, pace, used }: LimitWindow): Tone {
  if (isExhausted || used >= 1) return 'bad';
  return pace?.runsOutAt === undefined ? 'good' : 'caution';
}
