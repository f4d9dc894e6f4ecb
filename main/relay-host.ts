import type { App } from '../app/app.ts';
import { overHttp, type RelayAddress } from '../app/cli/client.ts';
import { createSignInUrl } from '../app/cli/sign-in.ts';
import type { Config } from '../app/config.ts';
import type { Alert } from '../app/domain/alert.ts';
import { AlreadyRunning, readRuntime } from '../app/instance.ts';
import { type NotificationRules, notificationRules, notificationsSetting } from '../app/notify/rules.ts';
import { tellUpdate } from '../app/notify/update-alert.ts';
import type { Operations } from '../app/server/admin/contract.ts';
import { type StartHooks, startOrAsk } from '../app/start.ts';

/** The relay behind the window: our own, or one that was running on the same data. */
export interface HostedRelay {
  readonly url: string;
  /** The admin API, as every page has it. */
  readonly operations: Operations;
  /** An address that signs a window in; good once. */
  signInUrl(): Promise<string>;
  /** Hears which parts of the API are different now; a relay that is not ours tells nothing. Answers how to stop. */
  onChange(listener: (parts: readonly string[]) => void): () => void;
  onAlert(listener: (alert: Alert) => void): () => void;
  /** What its owner wants to be told of. */
  notificationRules(): NotificationRules;
  /** Takes the version among what is told; undefined: there is nothing newer than this one. */
  updateFound(version: string | undefined): Promise<void>;
  /** The computer slept, or its network is another one. */
  wake(reason: Parameters<App['wake']>[0]): void;
  /** Refuses new calls, or takes them again. */
  setPaused(isPaused: boolean): Promise<void>;
  /** Disconnects the tools of this computer until the next start. Absent where the relay goes on and answers them. */
  readonly restoreTools?: (() => Promise<void>) | undefined;
  /** Lets running calls end. A relay that is not ours goes on. */
  stop(): Promise<void>;
}

/** A person who quits waits no longer: after this running calls are cut, and two seconds are left to write their rows. */
const quitDrainMs = 2_500;

/** What its owner can decide is asked by the hooks. Undefined when they would rather not start it. */
export async function openRelay(config: Config, hooks: StartHooks): Promise<HostedRelay | undefined> {
  try {
    return await startRelay(config, hooks);
  } catch (error) {
    // A headless relay has the data already: show that one.
    const running = error instanceof AlreadyRunning ? readRuntime(config.dataDir) : undefined;
    if (!running) throw error;
    return shownRelay(running);
  }
}

async function startRelay(config: Config, hooks: StartHooks): Promise<HostedRelay | undefined> {
  const drainMs = Math.min(config.limits.drainMs, quitDrainMs);
  const wanted = { config: { ...config, limits: { ...config.limits, drainMs } }, ports: {} };
  const started = await startOrAsk(wanted, hooks);
  if (!started) return undefined;
  const { app, listening } = started;
  const own = reached({ url: listening.url, token: app.controlToken });
  return {
    ...own,
    onChange: (listener) => app.onChange(listener),
    onAlert: (listener) => app.parts.alerts.feed.subscribe(listener),
    notificationRules: () => app.parts.notifications.current,
    updateFound: (version) => tellUpdate(app.parts.alerts, version),
    wake: (reason) => app.wake(reason),
    restoreTools: async () => void (await own.operations.setToolsAside({})),
    stop: () => app.stop(),
  };
}

function shownRelay(relay: RelayAddress): HostedRelay {
  const nothing = () => undefined;
  let rules: NotificationRules = {};
  const shown = reached(relay);
  // What it was when the window opened; who cannot be asked is as it was made.
  void shown.operations.listSettings({}).then(
    (settings) => {
      const value = settings.find(({ name }) => name === notificationsSetting)?.value ?? {};
      rules = notificationRules.safeParse(value).data ?? {};
    },
    () => undefined,
  );
  return {
    ...shown,
    onChange: () => nothing,
    onAlert: () => nothing,
    notificationRules: () => rules,
    updateFound: async () => undefined,
    wake: nothing,
    stop: async () => undefined,
  };
}

function reached(relay: RelayAddress): Pick<HostedRelay, 'url' | 'operations' | 'signInUrl' | 'setPaused'> {
  const operations = overHttp(relay);
  return {
    ...{ url: relay.url, operations },
    signInUrl: () => createSignInUrl(relay),
    setPaused: async (isPaused) => {
      await (isPaused ? operations.pauseRelay({}) : operations.resumeRelay({}));
    },
  };
}
