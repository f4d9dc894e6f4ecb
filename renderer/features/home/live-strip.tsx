import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Sparkline } from '../../components/charts/sparkline.tsx';
import { formatCount } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';
import { useFeed } from '../../stores/feed.ts';
import { lastMinute, minuteMs } from './last-minute.ts';

/** The last minute at a glance; it moves while calls end. */
export function LiveStrip({ running }: { readonly running: number }) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const [since] = useState(() => Date.now() - minuteMs);
  const [isBegun, setBegun] = useState(false);
  const before = useApi('listCalls', { limit: 200, since }, { every: false, isWanted: !isBegun }).value?.calls ?? [];
  useEffect(() => {
    // What came before is asked for once: from then on the feed tells.
    if (before.length > 0) setBegun(true);
  }, [before.length]);
  const told = useFeed((feed) => feed.ended);
  const { calls, failed, tokensPerSecond, bars } = lastMinute(
    [
      ...before.map((call) => ({
        requestId: call.requestId,
        endedAt: call.startedAt + call.durationMs,
        isFailed: call.status === 'failed',
        tokens: call.inputTokens + call.outputTokens + call.cacheReadTokens,
      })),
      ...told.map((call) => ({
        requestId: call.requestId,
        endedAt: call.endedAt,
        isFailed: call.phase === 'failed',
        tokens: call.inputTokens + call.outputTokens + call.cacheReadTokens,
      })),
    ],
    now,
  );
  const number = (value: number) => formatCount(value, i18n.language);
  const facts = [
    t('strip.calls', { count: calls }),
    t('strip.running', { count: running }),
    t('strip.tokens', { rate: number(Math.round(tokensPerSecond)) }),
    failed === 0 ? t('strip.noneFailed') : t('strip.failed', { count: failed }),
  ];
  return (
    <section
      aria-label={t('strip.heading')}
      className="flex flex-wrap items-center gap-x-5 gap-y-2 rounded-xl border border-line bg-surface px-5 py-3"
    >
      <Sparkline values={bars} />
      <p className="min-w-0 flex-1 basis-60 tabular-nums">
        <span className="font-medium">{t('strip.heading')}</span>{' '}
        <span className="text-muted">{facts.join(' · ')}</span>
      </p>
      <Link to="/live" className="inline-flex min-h-8 items-center font-medium text-accent hover:underline">
        {t('strip.open')}
      </Link>
    </section>
  );
}

const tickMs = 1_000;

function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, []);
  return now;
}
