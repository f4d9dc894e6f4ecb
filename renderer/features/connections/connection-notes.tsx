import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import type { Connection } from './connection.ts';
import { type ConflictLine, FixDialog } from './fix-dialog.tsx';

/** What stands in the way, and what to do about each. Nothing when nothing does. */
export function ConnectionNotes({ connection }: { readonly connection: Connection }) {
  const { t } = useTranslation();
  // Held here: the row that opened it is gone once its line is.
  const [fixing, setFixing] = useState<ConflictLine>();
  const { tool, drift, isElsewhere, isKeyGone, repair, conflicts } = connection;
  const notes = [
    ...(repair ? [repair.message] : []),
    ...(drift.length > 0 ? [t('connections.drifted', { keys: drift.join(', ') })] : []),
    ...(isElsewhere ? [t('connections.elsewhere')] : []),
    ...(isKeyGone ? [t('connections.keyGone')] : []),
  ];
  return (
    <>
      {notes.length + conflicts.length > 0 && (
        <ul className="mt-3 flex flex-col gap-2 rounded-lg bg-sunken px-3 py-2">
          {notes.map((note) => (
            <li key={note} className="flex items-baseline gap-2">
              <StateMark tone="caution" />
              <span className="min-w-0 break-words">{note}</span>
            </li>
          ))}
          {conflicts.map(({ variable, file, line }) => (
            <li key={`${variable} ${file} ${line}`} className="flex flex-wrap items-baseline gap-x-4 gap-y-2">
              <span className="flex min-w-0 flex-1 basis-60 items-baseline gap-2">
                <StateMark tone="caution" />
                <span className="min-w-0 break-words">
                  {file === undefined || line === undefined
                    ? t('connections.inEnvironment', { variable })
                    : t('connections.inFile', { variable, file, line: String(line) })}
                </span>
              </span>
              {file !== undefined && line !== undefined && (
                <Button
                  aria-label={t('connections.fixOf', { variable, file })}
                  onClick={() => setFixing({ tool, variable, file, line })}
                >
                  {t('connections.fix')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {fixing && <FixDialog conflict={fixing} onClose={() => setFixing(undefined)} />}
    </>
  );
}
