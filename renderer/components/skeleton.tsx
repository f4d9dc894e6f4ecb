import { useTranslation } from 'react-i18next';

/** Something is on its way. */
export function Skeleton() {
  const { t } = useTranslation();
  return (
    <div role="status" className="flex flex-col gap-3 px-5 pt-2 pb-5">
      <span className="sr-only">{t('state.loading')}</span>
      <div className="h-4 w-2/5 animate-pulse rounded bg-sunken" />
      <div className="h-4 w-4/5 animate-pulse rounded bg-sunken" />
      <div className="h-4 w-3/5 animate-pulse rounded bg-sunken" />
    </div>
  );
}
