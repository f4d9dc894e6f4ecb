import type { Output } from '../server/admin/contract.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { count, counted } from './numbers.ts';
import { dateTime } from './time.ts';
import { UsageError } from './usage-error.ts';

export const usageRecompute: Command = {
  name: 'usage recompute',
  summary: 'make the kept sums anew from the calls',
  flags: { check: { type: 'boolean', text: 'change nothing: only say how many sums differ, and fail when any does' } },
  run: recompute,
};

export const usageRetention: Command = {
  name: 'usage retention',
  summary: 'show or set how long single calls are kept; their sums stay for good',
  flags: {
    days: { type: 'string', value: 'N', text: 'remove calls that are older' },
    'any-age': { type: 'boolean', text: 'keep calls of any age again' },
    'max-rows': { type: 'string', value: 'N', text: 'keep about this many calls, the newest' },
    'any-number': { type: 'boolean', text: 'keep any number of calls again' },
  },
  notes: ['A running relay removes what is too old once an hour, a little at a time.'],
  run: retain,
};

async function recompute(call: Invocation): Promise<number> {
  const isCheck = call.flags.has('check');
  return await withOperations(call, async (operations) => {
    const result = await (isCheck ? operations.checkRollups({}) : operations.rebuildRollups({}));
    const from =
      result.rowsFrom === null
        ? ''
        : ` Calls before ${dateTime(result.rowsFrom)} are gone; their sums stay as they are.`;
    const text = () => `${sentence(result.differences, isCheck)}${from}`;
    return call.print({ json: result, text }, isCheck && result.differences > 0 ? 1 : 0);
  });
}

function sentence(differences: number, isCheck: boolean): string {
  if (differences === 0) return 'Difference: 0. Every sum is what its calls add up to.';
  if (isCheck) return `Difference: ${count(differences)}. Make the sums anew with: waystation usage recompute`;
  return `${counted(differences, 'difference')} found; the sums were made anew from the calls.`;
}

async function retain(call: Invocation): Promise<number> {
  const { flags } = call;
  if ((flags.has('days') && flags.has('any-age')) || (flags.has('max-rows') && flags.has('any-number'))) {
    throw new UsageError('Say either a limit or that there is none.');
  }
  const patch = {
    days: flags.has('any-age') ? null : flags.integer('days', { min: 1, max: 36_500 }),
    maxRows: flags.has('any-number') ? null : flags.integer('max-rows', { min: 1_000, max: 1_000_000_000 }),
  };
  const isChange = Object.values(patch).some((value) => value !== undefined);
  return await withOperations(call, async (operations) => {
    const retention = await (isChange ? operations.updateRetention(patch) : operations.showRetention({}));
    return call.print({ json: retention, text: () => describe(retention) });
  });
}

function describe({ days, maxRows }: Output<'showRetention'>): string {
  if (days === undefined && maxRows === undefined) return 'Every call is kept.';
  const parts = [
    ...(days === undefined ? [] : [`of the last ${counted(days, 'day')}`]),
    ...(maxRows === undefined ? [] : [`up to about ${count(maxRows)}`]),
  ];
  return `Calls ${parts.join(', ')} are kept. The sums of older ones stay.`;
}
