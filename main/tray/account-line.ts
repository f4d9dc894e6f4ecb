import { momentText, percentText, type Words } from '../../app/notify/words.ts';
import type { Say } from '../texts.ts';
import { costText } from '../words.ts';
import type { TrayAccount, TrayWindow } from './state.ts';

export interface Speech extends Words {
  readonly say: Say;
  readonly now: number;
}

/** What a menu may show of one account: its name, and the one thing that will end it first. */
export function accountLine(account: TrayAccount, speech: Speech): string {
  const parts = [stateText(account, speech), ...usedTexts(account, speech)].filter((part) => part !== undefined);
  return `${account.name}  ${parts.join(' · ')}`.trim();
}

function stateText({ state, until }: TrayAccount, speech: Speech): string | undefined {
  const { say, now } = speech;
  if (state === 'active') return undefined;
  if (state === 'limited' && until !== undefined && until > now) {
    return say('tray.state.limitedUntil', { time: momentText(until, now, speech) });
  }
  return say(`tray.state.${state}`);
}

function usedTexts(account: TrayAccount, speech: Speech): readonly string[] {
  const { say, now } = speech;
  // What it used does not matter while it serves nobody.
  if (account.state !== 'active' && account.state !== 'cooling-down') return [];
  const window = nearest(account.windows);
  if (window) {
    const { name, used, resetsAt, runsOutAt } = window;
    const at = (ms: number) => ({ time: momentText(ms, now, speech) });
    return [
      say('tray.used', { window: name, percent: percentText(used, speech) }),
      ...(resetsAt === undefined || resetsAt <= now ? [] : [say('tray.resets', at(resetsAt))]),
      ...(runsOutAt === undefined || runsOutAt <= now ? [] : [say('tray.runsOut', at(runsOutAt))]),
    ];
  }
  return [moneyText(account, speech)];
}

function moneyText({ cap, costTodayNanoUsd }: TrayAccount, speech: Speech): string {
  const { say } = speech;
  if (cap?.measure === 'cost') {
    return say('tray.capOf', { spent: costText(cap.spent, speech), amount: costText(cap.amount, speech) });
  }
  if (cap) return say('tray.callsOf', { spent: cap.spent, amount: cap.amount });
  return say('tray.spentToday', { cost: costText(costTodayNanoUsd, speech) });
}

/** What runs out before its reset goes before what is used most. */
function nearest(windows: readonly TrayWindow[]): TrayWindow | undefined {
  const end = ({ runsOutAt }: TrayWindow) => runsOutAt ?? Number.POSITIVE_INFINITY;
  return windows.toSorted((a, b) => end(a) - end(b) || b.used - a.used)[0];
}
