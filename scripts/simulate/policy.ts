import type { Turn } from './traffic.ts';
import type { Refused, Served } from './upstream.ts';

/** What a policy wants done with a turn now. */
export type Wish =
  | { readonly kind: 'ask'; readonly accountId: string }
  /** Not now, but it is worth waiting until then. */
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'refuse' };

/** A way to choose accounts. */
export interface Policy {
  readonly name: string;
  /** `tried` are the accounts that refused this turn already. */
  choose(turn: Turn, now: number, tried: ReadonlySet<string>): Wish;
  served(turn: Turn, accountId: string, answer: Served & { readonly endsAt: number }): void;
  refused(turn: Turn, accountId: string, answer: Refused & { readonly at: number }): void;
  ended(accountId: string): void;
}

/** The next account each time, past those that are known to be at their limit. */
export function roundRobin(ids: readonly string[]): Policy {
  const limitedUntil = new Map<string, number>();
  let next = 0;
  return {
    name: 'round robin',
    choose(_turn, now, tried) {
      for (let step = 0; step < ids.length; step += 1) {
        const id = ids[(next + step) % ids.length] ?? '';
        if (tried.has(id) || (limitedUntil.get(id) ?? 0) > now) continue;
        next = (next + step + 1) % ids.length;
        return { kind: 'ask', accountId: id };
      }
      return { kind: 'refuse' };
    },
    served: () => undefined,
    refused: (_turn, id, { resetsAt }) => limitedUntil.set(id, resetsAt),
    ended: () => undefined,
  };
}

const stickyMs = 3_600_000;

/**
 * claude-relay-service (predecessor.md 3.1): a session for an hour from its first call, whichever key it is of; else
 * priority and then the longest unused. No failover within a call, and a limit of the account is taken for one of the
 * model's family.
 */
export function predecessor(ids: readonly string[]): Policy {
  const pins = new Map<string, { readonly accountId: string; readonly until: number }>();
  const lastUsed = new Map<string, number>();
  const limitedUntil = new Map<string, number>();
  const limitName = (id: string, { model }: Turn) => `${id} ${model}`;
  return {
    name: 'priority, then LRU',
    choose(turn, now, tried) {
      if (tried.size > 0) return { kind: 'refuse' };
      const isWell = (id: string) => (limitedUntil.get(limitName(id, turn)) ?? 0) <= now;
      const pin = pins.get(turn.session);
      if (pin && pin.until > now && isWell(pin.accountId)) return { kind: 'ask', accountId: pin.accountId };
      const [best] = ids.filter(isWell).sort((a, b) => (lastUsed.get(a) ?? -1) - (lastUsed.get(b) ?? -1));
      if (best === undefined) return { kind: 'refuse' };
      lastUsed.set(best, now);
      pins.set(turn.session, { accountId: best, until: now + stickyMs });
      return { kind: 'ask', accountId: best };
    },
    served: (turn, id) => lastUsed.set(id, turn.at),
    refused: (turn, id, { resetsAt }) => limitedUntil.set(limitName(id, turn), resetsAt),
    ended: () => undefined,
  };
}
