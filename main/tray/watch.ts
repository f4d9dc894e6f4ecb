import type { Clock } from '../../app/domain/clock.ts';
import type { Operations, Output } from '../../app/server/admin/contract.ts';
import type { TrayAccount, TrayState, TrayTool } from './state.ts';

export type RelayFigures = Pick<
  TrayState,
  'relay' | 'accounts' | 'today' | 'needsAttention' | 'aim' | 'tools' | 'sharing'
>;

type Asked = Pick<
  Operations,
  'status' | 'listAccounts' | 'showToday' | 'listAttention' | 'showRules' | 'listConnections' | 'showSharing'
>;

interface Here {
  readonly timeZone: string;
  readonly now: number;
}

/** The questions of the Home page, so that both show the same numbers. */
export async function readFigures(operations: Asked, { timeZone, now }: Here): Promise<RelayFigures> {
  const [status, accounts, today, attention, rules, connections, sharing] = await Promise.all([
    operations.status({}),
    operations.listAccounts({}),
    operations.showToday({ timeZone }),
    operations.listAttention({}),
    operations.showRules({}),
    operations.listConnections({}),
    operations.showSharing({}),
  ]);
  const costs = new Map(today.byAccount.map(({ accountId, costNanoUsd }) => [accountId, costNanoUsd]));
  return {
    relay: status.state === 'stopped' ? 'down' : status.state,
    accounts: accounts.map((account) => toTray(account, { costTodayNanoUsd: costs.get(account.id) ?? 0, now })),
    today: { calls: today.total.calls, costNanoUsd: today.total.costNanoUsd },
    aim: rules.aim,
    tools: connections.map(({ tool, name, state }) => ({ id: tool, name, state: toolStates[state] })),
    sharing: { isOn: sharing.isOn, url: addressOf(sharing) },
    needsAttention: attention.some(({ severity }) => severity !== 'info'),
  };
}

const toolStates: Readonly<Record<Output<'listConnections'>[number]['state'], TrayTool['state']>> = {
  connected: 'connected',
  drifted: 'drifted',
  'env-conflict': 'drifted',
  'not-connected': 'apart',
  'not-installed': 'apart',
};

/** What other computers set; undefined while none of them gets in. */
function addressOf({ isOn, publicUrl, standings }: Output<'showSharing'>): string | undefined {
  return isOn ? (publicUrl ?? standings.find(({ url }) => url !== undefined)?.url) : undefined;
}

interface Dated {
  readonly costTodayNanoUsd: number;
  readonly now: number;
}

function toTray(account: Output<'listAccounts'>[number], { costTodayNanoUsd, now }: Dated): TrayAccount {
  const { id, name, state, condition, limits, caps } = account;
  const share = ({ spent, amount }: { spent: number; amount: number }) => spent / Math.max(1, amount);
  const [cap] = caps.toSorted((a, b) => share(b) - share(a));
  const windows = (limits?.windows ?? [])
    .filter((window) => isLong(window, now))
    .map(({ name: window, models, used, resetsAt, pace }) => ({
      name: models === undefined ? window : `${window} (${models.join(', ')})`,
      ...{ used, resetsAt, runsOutAt: pace?.runsOutAt },
    }));
  return { id, name, state, until: condition.until, windows, cap, costTodayNanoUsd };
}

const shortMs = 5 * 60_000;

/** A rate per minute is back before anybody has read of it. */
export function isLong(
  { lengthMs, resetsAt }: { lengthMs?: number | undefined; resetsAt?: number | undefined },
  now: number,
) {
  return lengthMs === undefined ? resetsAt === undefined || resetsAt - now > shortMs : lengthMs > shortMs;
}

const leastMs = 1_000;
/** Times pass and windows reset without anything happening; a relay of another process tells nothing at all. */
const mostMs = 15_000;

export interface FigureWatchDeps {
  readonly clock: Clock;
  read(): Promise<RelayFigures>;
  show(figures: RelayFigures | 'unreachable'): void;
}

/** Looks again when something happened: at most once a second, and now and then without a reason. */
export class FigureWatch {
  readonly #deps: FigureWatchDeps;
  #cancel: () => void = () => undefined;
  #isSoon = false;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(deps: FigureWatchDeps) {
    this.#deps = deps;
    this.#look();
  }

  changed(): void {
    if (this.#isSoon || this.#isStopped) return;
    this.#isSoon = true;
    this.#schedule(leastMs);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#looking;
  }

  #schedule(delayMs: number): void {
    this.#cancel();
    this.#cancel = this.#deps.clock.after(delayMs, () => this.#look());
  }

  #look(): void {
    this.#isSoon = false;
    this.#looking = this.#deps
      .read()
      // A relay that is gone is what the tray has to show.
      .catch(() => 'unreachable' as const)
      .then((figures) => {
        if (this.#isStopped) return;
        this.#deps.show(figures);
        if (!this.#isSoon) this.#schedule(mostMs);
      });
  }
}
