import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useApi } from '../../stores/api.ts';
import { Snippets } from '../team/snippets.tsx';

/** For everything that is not in the list: what to set, by hand. */
export function SdkCard() {
  const { t } = useTranslation();
  const id = useId();
  const address = useApi('status', {}).value?.url ?? location.origin;
  return (
    <section aria-labelledby={id} className="rounded-xl border border-line bg-surface px-5 pt-4 pb-5">
      <h2 id={id} className="font-semibold text-[0.9375rem]">
        {t('connections.sdk')}
      </h2>
      <p className="mt-1 mb-3 max-w-prose text-muted">
        {t('connections.sdkNote')}{' '}
        <Link to="/team?tab=keys" className="text-accent underline">
          {t('connections.makeKey')}
        </Link>
      </p>
      <Snippets address={address} secret="wsk_…" />
    </section>
  );
}
