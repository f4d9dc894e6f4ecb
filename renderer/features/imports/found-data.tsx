import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { ImportDialog } from './import-dialog.tsx';

export type FoundData = Output<'listFoundData'>[number];

/** Programs of this kind that keep something here: a card for each, which leads to what it holds. */
export function FoundDataCards({ found }: { readonly found: readonly FoundData[] }) {
  const [opened, setOpened] = useState<FoundData>();
  return (
    <>
      <ul className="flex flex-col gap-2">
        {found.map((one) => (
          <Card key={one.kind} found={one} onOpen={() => setOpened(one)} />
        ))}
      </ul>
      {opened && (
        <ImportDialog source={{ kind: opened.kind, file: opened.file }} onClose={() => setOpened(undefined)} />
      )}
    </>
  );
}

function Card({ found, onOpen }: { readonly found: FoundData; readonly onOpen: () => void }) {
  const { t } = useTranslation();
  const { kind, file, accounts, keys, problem } = found;
  const what = [
    ...(accounts > 0 ? [t('imports.accounts', { count: accounts })] : []),
    ...(keys > 0 ? [t('imports.keys', { count: keys })] : []),
  ];
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 rounded-lg border border-line px-4 py-3">
      <span className="min-w-0 flex-1 basis-60">
        <span className="block font-medium">{t(`imports.program-${kind}`)}</span>
        <span className="block text-muted text-xs">
          {problem === undefined ? what.join(' · ') || t('imports.nothingNew') : t('imports.unreadable')}
        </span>
        <code className="block break-all font-mono text-muted text-xs">{file}</code>
        {problem !== undefined && (
          <span className="flex items-baseline gap-2 text-xs">
            <StateMark tone="bad" />
            {problem}
          </span>
        )}
      </span>
      {problem === undefined && (
        <Button
          needs="importData"
          onClick={onOpen}
          aria-label={t('imports.openOf', { name: t(`imports.program-${kind}`) })}
        >
          {t('imports.open')}
        </Button>
      )}
    </li>
  );
}
