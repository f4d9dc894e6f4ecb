import { readFileSync } from 'node:fs';
import type { Output } from '../server/admin/contract.ts';
import type { Command, Flags, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { boundTo, fieldFlags, readFields } from './key-fields.ts';
import { limitFlags, readLimits } from './key-limit.ts';
import { issuedTable, keyTable, keyText } from './key-text.ts';
import { counted } from './numbers.ts';
import type { Page } from './page.ts';
import { parseSpan } from './time.ts';
import { UsageError } from './usage-error.ts';

/** As many as one step of the relay takes. */
const maxAtOnce = 1_000;
const shownOnce = 'Copy it now: it is stored as a digest only and cannot be shown again.';

const newFlags: Flags = { ...fieldFlags, ...limitFlags };

export const keyCreate: Command = {
  name: 'key create',
  summary: 'make a key for a client; it is shown this once',
  flags: {
    name: { type: 'string', value: 'NAME', text: 'who or what will use it' },
    count: { type: 'string', value: 'N', text: 'make that many: NAME-1, NAME-2 …' },
    ...newFlags,
  },
  run: create,
};

export const keyImport: Command = {
  name: 'key import',
  argument: 'FILE',
  summary: 'take over keys that were made elsewhere, so that clients need no new ones',
  flags: {
    name: {
      type: 'string',
      value: 'NAME',
      text: 'what those without a name are called: NAME-1, NAME-2 …; default: imported',
    },
    ...newFlags,
  },
  notes: [
    'FILE has a line for each: a secret, or NAME,SECRET. Lines that begin with # are left out.',
    'Only digests are kept. Secrets of any shape are taken from 24 characters on, but no upstream’s own credentials.',
  ],
  run: importKeys,
};

/** Told to a person together with the command that wants it. */
export const rotateFlags: Flags = {
  grace: {
    type: 'string',
    value: 'SPAN',
    text: 'how long the old secret goes on working; default: 24h; 0s ends it now',
  },
};

async function create(call: Invocation): Promise<number> {
  const name = call.flags.required('name');
  const count = call.flags.integer('count', { min: 1, max: maxAtOnce });
  const limits = readLimits(call.flags);
  return await withOperations(call, async (operations) => {
    const input = { name, ...(await readFields(call, operations)), ...limits };
    if (count === undefined) {
      const key = await operations.createKey(input);
      const bound = await boundTo(operations, key);
      return call.print({ json: key, text: (page) => `${keyText(page, key, bound)}\n${secretText(key)}` });
    }
    const keys = await operations.createKeys({ ...input, count });
    const text = (page: Page) => `${issuedTable(page, keys)}\n\n${shownOnce.replace('it is', 'they are')}`;
    return call.print({ json: keys, text });
  });
}

/** Below what the key is: its secret. */
export function secretText({ key }: Output<'createKey'>): string {
  return ['', `  ${key}`, '', shownOnce].join('\n');
}

export function graceOf({ flags }: Invocation): number | undefined {
  const text = flags.text('grace');
  return text === undefined ? undefined : parseSpan('grace', text);
}

async function importKeys(call: Invocation): Promise<number> {
  const given = readKeyFile(call.argument ?? '', call.flags.text('name') ?? 'imported');
  const limits = readLimits(call.flags);
  return await withOperations(call, async (operations) => {
    const keys = await operations.importKeys({ ...(await readFields(call, operations)), ...limits, keys: given });
    const text = (page: Page) => `${keyTable(page, keys)}\n\n${counted(keys.length, 'key')} imported.`;
    return call.print({ json: keys, text });
  });
}

function readKeyFile(path: string, base: string): { name: string; secret: string }[] {
  const lines = textOf(path)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && !/^name\s*,\s*(secret|key)$/i.test(line));
  if (lines.length === 0) throw new UsageError(`${path} has no secrets.`);
  if (lines.length > maxAtOnce) throw new UsageError(`${path} has more than ${maxAtOnce} lines; split it.`);
  return lines.map((line, index) => {
    const comma = line.lastIndexOf(',');
    const [name, secret] = [line.slice(0, Math.max(comma, 0)), line.slice(comma + 1)].map(unquoted);
    return { name: name || `${base}-${index + 1}`, secret: secret ?? '' };
  });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new UsageError(`${path} cannot be read.`);
  }
}

function unquoted(cell: string): string {
  return cell
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .replaceAll('""', '"');
}
