import type { Output } from '../server/admin/contract.ts';
import type { Command } from './command.ts';
import { withOperations } from './connection.ts';
import { definitionList } from './definitions.ts';
import { count, counted, money } from './numbers.ts';
import type { Page } from './page.ts';
import { timeZoneOf } from './time-zone.ts';
import { isBilledApart } from './usage-text.ts';

export const usageToday: Command = {
  name: 'usage today',
  summary: 'add up today: the same numbers as the pages show',
  flags: {
    'time-zone': {
      type: 'string',
      value: 'ZONE',
      text: 'whose day, such as Asia/Tokyo; default: this computer’s',
    },
  },
  run: async (call) => {
    const timeZone = timeZoneOf(call.flags);
    return await withOperations(call, async (operations) => {
      const today = await operations.showToday({ timeZone });
      return call.print({ json: today, text: (page) => todayText(page, today) });
    });
  },
};

function todayText(page: Page, { total, timeZone }: Output<'showToday'>): string {
  const { calls, failedCalls, inputTokens, outputTokens, cacheReadTokens, costNanoUsd, unpricedCalls } = total;
  return definitionList(page, [
    ['Calls', count(calls)],
    ['Failed', failedCalls === 0 ? undefined : count(failedCalls)],
    ['Tokens', `${count(inputTokens)} in, ${count(outputTokens)} out, ${count(cacheReadTokens)} from caches`],
    ['Cost', money(costNanoUsd)],
    ['Billed', isBilledApart(total) ? money(total.billedNanoUsd) : undefined],
    ['Without a price', unpricedCalls === 0 ? undefined : counted(unpricedCalls, 'call')],
    ['Day of', timeZone],
  ]);
}
