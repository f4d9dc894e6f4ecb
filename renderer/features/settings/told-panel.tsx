import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { useMaskedName } from '../../components/masked.tsx';
import { Panel } from '../../components/panel.tsx';
import { formatPast } from '../../i18n/format.ts';
import { pickLanguage } from '../../i18n/languages.ts';
import { localZone } from '../../i18n/local-time.ts';
import { useApi } from '../../stores/api.ts';

type Alert = Output<'listAlerts'>[number];

const few = 10;
const many = 100;

/** What happened lately that somebody may want to be told of, in the words of the messages. */
export function ToldPanel() {
  const { t, i18n } = useTranslation();
  const [limit, setLimit] = useState(few);
  const told = useApi('listAlerts', { limit, language: pickLanguage([i18n.language]), timeZone: localZone });
  const alerts = told.value ?? [];
  return (
    <Panel heading={t('notifications.told')} resource={told}>
      {alerts.length === 0 ? (
        <EmptyState text={t('notifications.toldNothing')} />
      ) : (
        <div className="flex flex-col gap-3 px-5 pb-5">
          <p className="max-w-prose text-muted">{t('notifications.toldNote')}</p>
          <ul className="divide-y divide-line">
            {alerts.map((alert) => (
              <ToldItem key={alert.id} alert={alert} />
            ))}
          </ul>
          {limit === few && alerts.length === few && (
            <Button className="self-start" onClick={() => setLimit(many)}>
              {t('notifications.toldMore')}
            </Button>
          )}
        </div>
      )}
    </Panel>
  );
}

function ToldItem({ alert: { at, text = '', subjectName, otherName = '' } }: { readonly alert: Alert }) {
  const { i18n } = useTranslation();
  const masks = [
    [subjectName, useMaskedName(subjectName)],
    [otherName, useMaskedName(otherName)],
  ] as const;
  const shown = masks.reduce((rest, [name, mask]) => (name === '' ? rest : rest.replaceAll(name, mask)), text);
  return (
    <li className="flex flex-wrap gap-x-4 gap-y-0.5 py-2">
      <span className="w-36 shrink-0 text-muted tabular-nums">{formatPast(at, i18n.language, Date.now())}</span>
      <span className="min-w-0 flex-1 basis-60 break-words">{shown}</span>
    </li>
  );
}
