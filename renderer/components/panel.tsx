import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { formatClock } from '../i18n/format.ts';
import { FailureNotice } from './failure-notice.tsx';
import { Skeleton } from './skeleton.tsx';

/** What a panel needs to know of what it shows; see `stores/api.ts`. */
export interface Loadable {
  readonly value: unknown;
  readonly failure: { readonly kind: string; readonly message: string } | undefined;
  readonly loadedAt: number | undefined;
  refresh(): Promise<void>;
}

interface Props {
  readonly heading: string;
  readonly note?: string | undefined;
  readonly resource: Loadable;
  /** The content once there is a value, empty or not. */
  readonly children: ReactNode;
}

/** A titled part of a page in its states: loading, error, stale, and ready with what it holds. */
export function Panel({ heading, note, resource, children }: Props) {
  const id = useId();
  const { value, failure } = resource;
  const isStale = failure !== undefined && value !== undefined;
  return (
    <section aria-labelledby={id} className="overflow-hidden rounded-xl border border-line bg-surface">
      <header className="flex items-baseline justify-between gap-4 px-5 pt-4 pb-2">
        <h2 id={id} className="font-semibold text-[0.9375rem]">
          {heading}
        </h2>
        <p className="text-muted text-xs">{isStale ? <StaleNote loadedAt={resource.loadedAt} /> : note}</p>
      </header>
      {value === undefined && !failure && <Skeleton />}
      {value === undefined && failure && (
        <div className="px-5 pt-1 pb-5">
          <FailureNotice failure={failure} onRetry={() => void resource.refresh()} />
        </div>
      )}
      {value !== undefined && <div className={isStale ? 'opacity-85 grayscale' : undefined}>{children}</div>}
    </section>
  );
}

function StaleNote({ loadedAt }: Pick<Loadable, 'loadedAt'>) {
  const { t, i18n } = useTranslation();
  return t('state.stale', { time: formatClock(loadedAt ?? 0, i18n.language) });
}
