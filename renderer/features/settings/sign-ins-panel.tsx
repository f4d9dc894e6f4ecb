import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { Masked } from '../../components/masked.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatPast } from '../../i18n/format.ts';
import { useApi, useChange } from '../../stores/api.ts';

type SignIn = Output<'listSignIns'>[number];

/** Every browser that may open these pages. */
export function SignInsPanel() {
  const { t, i18n } = useTranslation();
  const signIns = useApi('listSignIns', {});
  const revoke = useChange('revokeSignIn', ['listSignIns']);
  const columns: readonly Column<SignIn>[] = [
    {
      name: 'browser',
      heading: t('settings.browser'),
      cell: ({ userAgent, isCurrent, isLocked }) => (
        <>
          <span className="block max-w-80 truncate" title={userAgent}>
            {userAgent ?? '–'}
          </span>
          {isCurrent && <span className="block text-accent text-xs">{t('settings.thisBrowser')}</span>}
          {isLocked && <span className="block text-muted text-xs">{t('settings.isLocked')}</span>}
        </>
      ),
    },
    { name: 'way', heading: t('settings.way'), cell: ({ way }) => t(`settings.${way}`) },
    { name: 'from', heading: t('settings.from'), cell: ({ address }) => <Masked text={address ?? '–'} /> },
    {
      name: 'used',
      heading: t('settings.lastUsed'),
      cell: ({ lastUsedAt }) => formatPast(lastUsedAt, i18n.language, Date.now()),
    },
    {
      name: 'end',
      heading: t('settings.end'),
      cell: ({ id }) => (
        <Button needs="revokeSignIn" look="danger" onClick={() => void revoke.run({ id }).catch(nothing)}>
          {t('settings.revoke')}
        </Button>
      ),
    },
  ];
  return (
    <Panel heading={t('settings.signIns')} resource={signIns}>
      <Table label={t('settings.signIns')} columns={columns} rows={signIns.value ?? []} keyOf={({ id }) => id} />
    </Panel>
  );
}

function nothing(): void {
  // What could not be ended is still in the list.
}
