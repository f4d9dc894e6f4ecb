import type { LeftReason } from '../imports/import-kind.ts';
import type { Output } from '../server/admin/contract.ts';
import { counted } from './numbers.ts';
import type { Page } from './page.ts';
import { table } from './table.ts';
import { wrap } from './text.ts';

type Plan = Output<'planImport'>;
type Entry = Plan['entries'][number];
type Imported = Output<'importData'>;

const reasons: Readonly<Record<LeftReason, string>> = {
  subscription: 'a login: sign in to it here',
  'no-secret': 'no credential in it',
  sanitized: 'exported without credentials',
  sealed: 'sealed: export it again with its secrets',
  hashed: 'only a digest made with its own word: make a new key',
  'key-unusable': 'its secret cannot be a key here',
  'no-address': 'no address in it',
  'address-unusable': 'its address cannot be used',
  'local-address': 'on this computer or its network: --allow-local-upstream',
  'this-relay': 'leads to this relay',
  'protocol-unknown': 'speaks what no account here speaks',
  'program-unknown': 'for a program that is not connected here',
  expired: 'expired',
  'already-there': 'there already',
  twice: 'the same as one above',
  refused: 'refused',
};

export function importPlanText(page: Page, { file, entries }: Plan): string {
  if (entries.length === 0) return `${file} holds nothing to take over.`;
  const free = entries.filter(({ reason }) => reason === null);
  const rows = table(
    page,
    [
      { title: 'NAME', least: 10, cell: ({ name }) => name },
      { title: 'AS', cell: ({ kind, provider }) => provider ?? kind },
      { title: 'ADDRESS', least: 12, isOptional: true, cell: ({ address }) => address ?? '-' },
      { title: 'SECRET', cell: ({ hasSecret }) => (hasSecret ? 'yes' : 'no') },
      {
        title: 'TAKEN',
        least: 20,
        cell: takenText,
        paint: (text, { reason }) => page.paint(reason ? 'dim' : 'green', text),
      },
    ],
    entries,
  );
  return `${wrap(file, page.width)}\n\n${rows}\n\n${free.length} of ${entries.length} can be taken.`;
}

function takenText({ reason, isLocal, isEnabled }: Entry): string {
  if (reason !== null) return `no: ${reasons[reason]}`;
  if (isLocal) return 'with --allow-local-upstream';
  return isEnabled ? 'yes' : 'yes, turned off as it was';
}

export function importedText(page: Page, { imported, left }: Imported): string {
  const count = (kind: 'account' | 'key') => imported.filter((one) => one.kind === kind).length;
  const said = [`${counted(count('account'), 'account')} and ${counted(count('key'), 'key')} imported.`];
  if (imported.length > 0) said.push(`Try one: waystation account test ${JSON.stringify(imported[0]?.name)}`);
  for (const { name, reason, message } of left) {
    said.push(wrap(`${name} was left: ${message ?? reasons[reason]}`, page.width));
  }
  return said.join('\n');
}
