import { conditionOf } from '../../accounts/condition.ts';
import { awaitsTerms } from '../../accounts/terms.ts';
import type { AccountView } from '../../accounts/view.ts';
import { isUsable } from '../../keys/key.ts';
import { routes } from './contract.ts';
import { inspect } from './doctor.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

export function relayOperations(parts: AdminParts) {
  return {
    status: operation(routes.status, () => status(parts)),
    pauseRelay: operation(routes.pauseRelay, () => setPaused(parts, true)),
    resumeRelay: operation(routes.resumeRelay, () => setPaused(parts, false)),
    doctor: operation(routes.doctor, async () => {
      const checks = [...(await inspect(parts))];
      return { healthy: checks.every(({ outcome }) => outcome !== 'fail'), checks };
    }),
  };
}

async function setPaused({ pause, live }: Pick<AdminParts, 'pause' | 'live'>, isPaused: boolean) {
  await pause.set(isPaused);
  live?.stateChanged();
  return { isPaused };
}

/** What pages look at all the time. */
async function status({
  live,
  version,
  config,
  ports,
  store,
  vault,
  accountRepository,
  accounts,
  keyRepository,
  captures,
}: AdminParts) {
  const views = (await accountRepository.list()).flatMap(({ id }) => accounts.get(id) ?? []);
  const keys = await keyRepository.list();
  const now = ports.clock.now();
  return {
    pid: live ? process.pid : null,
    url: live?.url() ?? null,
    version,
    state: live?.state() ?? ('stopped' as const),
    startedAt: live?.startedAt ?? null,
    dataDir: config.dataDir,
    store: store.engine,
    secrets: vault.backend,
    secretsLocked: vault.isLocked,
    callsInFlight: live?.callsInFlight() ?? 0,
    pendingRows: live?.pendingRows() ?? 0,
    accounts: {
      total: views.length,
      usable: views.filter((view) => canServe(view, now)).length,
    },
    keys: {
      total: keys.length,
      usable: keys.filter((key) => isUsable(key, now)).length,
    },
    capture: { isOn: live?.capture.state.isOn ?? false, calls: await captures.count() },
  };
}

function canServe(view: AccountView, now: number): boolean {
  return conditionOf(view, now).state === 'active' && !awaitsTerms(view);
}
