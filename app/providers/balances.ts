import type { Balance } from '../domain/balance.ts';
import { member, textMember } from '../protocols/json-value.ts';

/** How to ask an upstream what is left of an account's money. */
export interface BalanceSource {
  /** From the root of its origin. */
  readonly path: string;
  /** Undefined when the answer tells none. */
  read(answer: unknown): Balance | undefined;
}

/** https://api-docs.deepseek.com/api/get-user-balance */
const deepseek: BalanceSource = {
  path: '/user/balance',
  read(answer) {
    const infos = member(answer, 'balance_infos');
    if (!Array.isArray(infos)) return undefined;
    const amounts = infos.slice(0, maxAmounts).flatMap((info) => {
      return amountOf(textMember(info, 'currency'), member(info, 'total_balance'));
    });
    const isEnough = member(answer, 'is_available');
    return { amounts, ...(typeof isEnough === 'boolean' && { isEnough }) };
  },
};

/** What is left of the key's own limit, which every key may ask; the credit of its owner only a management key may. */
const openrouter: BalanceSource = {
  path: '/api/v1/key',
  read(answer) {
    // A key without a limit has null here.
    const amounts = amountOf('USD', member(member(answer, 'data'), 'limit_remaining'));
    const [left] = amounts;
    return left && { amounts, isEnough: left.amount > 0 };
  },
};

/** https://platform.moonshot.ai/docs/api/balance: the currency is that of the site. */
function moonshot(currency: string): BalanceSource {
  return {
    path: '/v1/users/me/balance',
    read(answer) {
      const amounts = amountOf(currency, member(member(answer, 'data'), 'available_balance'));
      const [left] = amounts;
      // At nothing or less it serves no calls.
      return left && { amounts, isEnough: left.amount > 0 };
    },
  };
}

/** By the origin: another path or port of the same name may be something else. */
const sources: ReadonlyMap<string, BalanceSource> = new Map([
  ['https://api.deepseek.com', deepseek],
  ['https://openrouter.ai', openrouter],
  ['https://api.moonshot.ai', moonshot('USD')],
  ['https://api.moonshot.cn', moonshot('CNY')],
]);

/** Undefined for upstreams that are not known to tell. */
export function balanceSourceAt(origin: string): BalanceSource | undefined {
  return sources.get(origin);
}

const maxAmounts = 10;

/** Some tell numbers, others the same as text. */
function amountOf(currency: string | undefined, value: unknown): Balance['amounts'] {
  const amount = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof amount !== 'number' || !Number.isFinite(amount) || !/^[A-Z]{3}$/.test(currency ?? '')) return [];
  return [{ currency: currency ?? '', amount }];
}
