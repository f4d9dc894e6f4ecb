import type { TimelineEntry } from './accounts/timeline.ts';
import { Limiter } from './keys/limiter.ts';
import type { LimitPorts } from './limit-parts.ts';
import type { Parts } from './parts.ts';
import { AccountCaps, type CappedAccount } from './relay/account-caps.ts';

type CapParts = Pick<Parts, 'config' | 'ports' | 'spending' | 'catalogue' | 'accounts' | 'accountRepository' | 'store'>;

/** What holds calls against the caps of the accounts that serve them; it knows how every cap stands when it is here. */
export async function openAccountCaps(
  parts: CapParts,
  { budgets, recorder, warn }: Omit<LimitPorts, 'near'>,
  closing: AsyncDisposableStack,
): Promise<AccountCaps> {
  const { accounts, ports, config, spending } = parts;
  const limiter = new Limiter<CappedAccount>({
    budgets,
    clock: ports.clock,
    spentBefore: async ({ ownerId: accountId, isShared: _, ...question }) => {
      const { stored, waiting } = await recorder.readBeside(() => spending.read({ accountId, ...question }));
      const all = waiting.flatMap((one) => [one, ...one.losers]);
      return [...stored, ...all.filter((one) => one.accountId === accountId && one.at >= question.since)];
    },
    // An account’s caps are never of the kind that only tells.
    report: () => undefined,
  });
  const caps = new AccountCaps({
    ...{ limiter, clock: ports.clock, warn },
    accounts: () => accounts.all(),
    note: (id, standings) => accounts.noteCaps(id, standings),
    keep: (id, entry) => keepOnce(parts, id, entry),
  });
  closing.defer(() => caps.stop());
  // As for the limits of keys: a Redis that outlived a crash, or another node, has not heard of what waited here.
  if (config.redisUrl !== undefined) {
    await caps.recountAll();
    recorder.onCaughtUp(() => {
      void caps
        .recountAll()
        .catch((error: unknown) => warn(`Caps of accounts could not be counted anew: ${String(error)}`));
    });
  }
  await caps.start();
  return caps;
}

/** Other nodes see it too, and so does the next start. */
async function keepOnce({ accountRepository, store }: CapParts, id: string, entry: TimelineEntry): Promise<void> {
  const { timeline } = accountRepository;
  const isKnown = (await timeline.list(id, 20)).some(
    ({ reason, until }) => until === entry.until && JSON.stringify(reason) === JSON.stringify(entry.reason),
  );
  if (!isKnown) await store.write(timeline.statements(id, entry));
}
