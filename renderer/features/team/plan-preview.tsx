import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { StateMark } from '../../components/state-mark.tsx';
import { limitName } from './limit-text.ts';

type Effect = Output<'previewPlan'>[number];

/** Whom a changed plan would block now, and by which limit. */
export function PlanPreview({ effects }: { readonly effects: readonly Effect[] }) {
  const { t } = useTranslation();
  const place = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: into sight with each new answer
  useEffect(() => {
    // NOTE: it answers a promise in newer Chromiums, which React would take for what undoes the effect.
    place.current?.scrollIntoView({ block: 'center' });
  }, [effects]);
  const blocked = effects.filter(({ isBlocked }) => isBlocked);
  return (
    <section ref={place} role="status" className="flex flex-col gap-1.5 rounded-lg bg-sunken px-4 py-3">
      <p className="inline-flex items-baseline gap-2 font-medium">
        <StateMark tone={blocked.length === 0 ? 'good' : 'caution'} />
        {t('plans.wouldBlock', { count: blocked.length, all: effects.length })}
      </p>
      <ul>
        {blocked.map(({ keyId, keyName, wasBlocked, blockedBy }) => (
          <li key={keyId} className="text-muted">
            {keyName}: {blockedBy.map((one) => limitName(one, t)).join(', ')}
            {wasBlocked && ` (${t('plans.already')})`}
          </li>
        ))}
      </ul>
    </section>
  );
}
