import type { Input, Operations, Output } from '../server/admin/contract.ts';
import { AdminError } from '../server/admin/errors.ts';
import type { Command, Flags, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { priceText, type UnitField, unitFields } from './prices-text.ts';
import { UsageError } from './usage-error.ts';

type OwnPrice = Input<'setOwnPrice'>['price'];

const flagOf: Readonly<Record<UnitField, string>> = {
  input: 'input',
  output: 'output',
  cacheRead: 'cache-read',
  cacheWrite5m: 'cache-write-5m',
  cacheWrite1h: 'cache-write-1h',
  audioInput: 'audio-input',
  imageInput: 'image-input',
  audioCacheRead: 'audio-cache-read',
  audioOutput: 'audio-output',
  imageOutput: 'image-output',
};

const unitFlags: Flags = Object.fromEntries(
  Object.entries(flagOf).map(([field, flag]) => [
    flag,
    { type: 'string', value: 'USD', text: `${titleOf(field).toLowerCase()}: dollars for a million tokens` },
  ]),
);

export const priceSet: Command = {
  name: 'usage prices set',
  argument: 'MODEL',
  summary: 'set a price of your own: it wins over every table, also a newer one',
  flags: unitFlags,
  notes: ['What is not named stays as it costs now. Prompts of every length cost the same then.'],
  run: (call) =>
    withOperations(call, async (operations) => {
      const model = call.argument ?? '';
      const given = readUnits(call);
      if (Object.keys(given).length === 0) throw new UsageError('Say what it costs, such as --input 3 --output 15.');
      const price = wholePrice(await priceNow(operations, model), given);
      await operations.setOwnPrice({ model, price });
      const shown = await operations.showPrice({ model });
      return call.print({ json: shown, text: (page) => priceText(page, shown) });
    }),
};

export const priceUnset: Command = {
  name: 'usage prices unset',
  argument: 'MODEL',
  summary: 'take a price of your own away: the table’s holds again',
  flags: {},
  run: (call) =>
    withOperations(call, async (operations) => {
      const removed = await operations.removeOwnPrice({ model: call.argument ?? '' });
      return call.print({ json: removed, text: () => `${removed.model} costs what the table says again.` });
    }),
};

function readUnits({ flags }: Invocation): Partial<Record<UnitField, number>> {
  const given: Partial<Record<UnitField, number>> = {};
  for (const field of Object.keys(flagOf).filter((name): name is UnitField => name in flagOf)) {
    const text = flags.text(flagOf[field]);
    if (text === undefined) continue;
    const nanoUsd = Math.round(Number(text) * 1_000);
    if (!/^\d{1,6}(\.\d{1,3})?$/.test(text) || nanoUsd > 1_000_000)
      throw new UsageError(`--${flagOf[field]} must be dollars for a million tokens, such as 3 or 0.075.`);
    given[field] = nanoUsd;
  }
  return given;
}

function wholePrice(now: Output<'showPrice'> | undefined, given: Partial<Record<UnitField, number>>): OwnPrice {
  const { input = now?.input, output = now?.output } = given;
  if (input === undefined || output === undefined)
    throw new UsageError('No price of this model is known: say both --input and --output.');
  if (!now) return { ...given, input, output };
  const { model: _, version: _version, isOwn: _isOwn, source: _source, longContext: _long, ...rest } = now;
  return { ...rest, ...given, input, output };
}

async function priceNow(operations: Operations, model: string): Promise<Output<'showPrice'> | undefined> {
  try {
    return await operations.showPrice({ model });
  } catch (error) {
    if (error instanceof AdminError && error.kind === 'not-found') return undefined;
    throw error;
  }
}

function titleOf(field: string): string {
  return Object.entries(unitFields).find(([name]) => name === field)?.[1] ?? field;
}
