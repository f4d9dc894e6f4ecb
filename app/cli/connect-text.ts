import type { Output } from '../server/admin/contract.ts';
import type { Page } from './page.ts';
import { table } from './table.ts';
import { plain } from './text.ts';
import { duration } from './time.ts';

type Connection = Output<'listConnections'>[number];
type Plan = Output<'planConnection'>;

const states: Readonly<Record<Connection['state'], string>> = {
  'not-installed': 'not installed',
  'not-connected': 'not connected',
  connected: 'connected',
  drifted: 'changed by others',
  'env-conflict': 'variable in the way',
};

export function connectionTable(page: Page, connections: readonly Connection[]): string {
  const rows = table(
    page,
    [
      { title: 'TOOL', cell: ({ tool }) => tool },
      { title: 'VERSION', isOptional: true, cell: ({ version }) => version ?? '-' },
      { title: 'STATE', least: 19, cell: ({ state }) => states[state] },
      { title: 'SENDS TO', least: 12, cell: ({ endpoint }) => endpoint ?? '-' },
      {
        title: 'LAST REQUEST',
        cell: ({ lastUsedAt }) => (lastUsedAt === undefined ? '-' : `${duration(page.now - lastUsedAt)} ago`),
      },
    ],
    connections,
  );
  const notes = connections.flatMap(notesOf);
  return notes.length === 0 ? rows : `${rows}\n\n${notes.join('\n')}`;
}

function notesOf(connection: Connection): readonly string[] {
  const { name, drift, isElsewhere, isKeyGone, repair } = connection;
  return [
    ...(repair ? [repair.message] : []),
    ...(drift.length > 0 ? [`${name}: ${drift.join(', ')} changed. Connect it again, or disconnect it.`] : []),
    ...(isElsewhere ? [`${name} was told another address of this relay. Connect it again.`] : []),
    ...(isKeyGone ? [`${name}: its key is gone. Connect it again.`] : []),
    ...connection.conflicts.map((conflict) => conflictText(name, conflict)),
  ];
}

function conflictText(name: string, { variable, file, line }: Connection['conflicts'][number]): string {
  const place = file === undefined ? 'in the environment' : `in ${file}, line ${line}`;
  return `${name}: ${variable} ${place} wins over its settings. Remove it, then open a new terminal.`;
}

const ignored =
  'Beware: the tool reads no file with comments or trailing commas. Take them out, or it ignores all of it.';
const signs = { same: ' ', added: '+', removed: '-', skipped: ' ' } as const;

export function planText(page: Page, { files, conflicts }: Plan): string {
  const parts = files.map(({ file, target, isNew, isIgnored, lines }) => {
    const head = `${file}${target === file ? '' : ` -> ${target}`}${isNew ? ' (new)' : ''}`;
    return [
      page.paint('bold', plain(head)),
      ...lines.map((line) => lineText(page, line)),
      ...(isIgnored ? [ignored] : []),
    ].join('\n');
  });
  return [...parts, ...conflicts.map((conflict) => conflictText('Beware', conflict))].join('\n');
}

function lineText(page: Page, { kind, text }: Plan['files'][number]['lines'][number]): string {
  if (kind === 'skipped') return page.paint('dim', '  …');
  const line = `${signs[kind]} ${plain(text.replaceAll('\t', '    '))}`;
  if (kind === 'same') return page.paint('dim', line);
  return page.paint(kind === 'added' ? 'green' : 'red', line);
}

export function connectedText({ name, files, conflicts }: Connection, isSeen: boolean | undefined): string {
  const done = `${name} is connected: ${files.join(', ')}. Undo it with: waystation disconnect`;
  const seen = {
    true: 'Its first request arrived.',
    false: 'No request of it arrived in time. Start it anew: it reads its settings only then.',
    undefined: 'Start it anew: it reads its settings only then.',
  }[`${isSeen}`];
  return [done, seen, ...conflicts.map((conflict) => conflictText(name, conflict))].join('\n');
}
