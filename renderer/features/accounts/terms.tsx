import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';

interface Props {
  readonly onAccept: () => void;
}

/** What the owner of a subscription accepts first: as the command line says it, in the language of the page. */
export function Terms({ onAccept }: Props) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-3">
      <h3 className="font-semibold">{t('accounts.termsTitle')}</h3>
      <p>{t('accounts.termsProvider')}</p>
      <p>{t('accounts.termsUse')}</p>
      <div className="mt-2 flex justify-end">
        <Button look="primary" onClick={onAccept}>
          {t('accounts.termsAccept')}
        </Button>
      </div>
    </div>
  );
}
