import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Masked } from '../../components/masked.tsx';

interface Props {
  readonly login: Output<'listFoundLogins'>[number];
}

/** As much of a found login as its owner needs to recognise it. */
export function WhoseLogin({ login: { email, plan } }: Props) {
  const { t } = useTranslation();
  return (
    <>
      {(email !== undefined || plan !== undefined) && (
        <span className="block break-all">
          {email !== undefined && <Masked text={email} />}
          {email !== undefined && plan !== undefined && ' · '}
          {plan}
        </span>
      )}
      <span className="block text-muted text-xs">{t('first-run.foundHere')}</span>
    </>
  );
}
