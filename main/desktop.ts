import { app, type BrowserWindow, clipboard, dialog, globalShortcut } from 'electron';
import type { Config } from '../app/config.ts';
import { systemClock } from '../app/domain/clock.ts';
import { adminUiPath } from '../app/server/admin/contract.ts';
import { closeBehaviour } from './close-behaviour.ts';
import { type DeepLink, deepLinkIn, pageOf } from './deep-link.ts';
import { routeIpc } from './ipc/router.ts';
import { askAboutLink } from './link-question.ts';
import { hiddenFlag } from './login-start.ts';
import { MainWindow } from './main-window.ts';
import { Notifier } from './notifier.ts';
import { pageAnswers } from './page-answers.ts';
import { watchPower } from './power.ts';
import { type PreferenceChange, PreferenceFile } from './preferences.ts';
import { askAboutDisconnecting, askWhatClosingMeans } from './questions.ts';
import { Quitting } from './quitting.ts';
import type { HostedRelay } from './relay-host.ts';
import { RelayLoss } from './relay-loss.ts';
import type { RunJournal } from './run-journal.ts';
import { safeFlag, tellOfSafeMode } from './safe-mode.ts';
import { claimLinks, setLoginStart } from './system-login.ts';
import type { chooseLanguage, textsIn } from './texts.ts';
import { watchFigures } from './tray/figures.ts';
import type { TrayAction } from './tray/item.ts';
import { pauseAccelerator } from './tray/menu.ts';
import { TrayIcon, trayIconFolder } from './tray/tray.ts';
import type { RelayFigures } from './tray/watch.ts';
import { updateSource } from './updates/source.ts';
import { Updates } from './updates/updates.ts';

/** What came before Electron was ready. */
export interface Launch {
  /** Links of macOS; elsewhere they are among the arguments. */
  readonly links: string[];
  onLink(listener: (link: string) => void): void;
}

export interface DesktopParts {
  readonly config: Config;
  readonly preload: string;
  readonly relay: HostedRelay;
  readonly journal: RunJournal;
  readonly speech: { readonly say: ReturnType<typeof textsIn>; readonly language: ReturnType<typeof chooseLanguage> };
  readonly canHide: boolean;
}

/** Window, tray, notifications and updates around one relay. */
export class Desktop {
  readonly #parts: DesktopParts;
  readonly #preferences: PreferenceFile;
  readonly #window: MainWindow;
  readonly #updates: Updates;
  readonly #isSafe = process.argv.includes(safeFlag);
  readonly #notifier: Notifier;
  readonly #quitting: Quitting;
  #tray: TrayIcon | undefined;
  /** Of the link that was followed last, until its page has asked for it. */
  #invite: string | undefined;
  /** Nothing is known before the first look, and in safe mode nobody looks. */
  #figures: RelayFigures | 'unreachable';
  readonly #closing = new AsyncDisposableStack();

  constructor(parts: DesktopParts) {
    this.#parts = parts;
    const { config, relay, speech, canHide } = parts;
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    this.#figures = { relay: this.#isSafe ? 'running' : 'starting', accounts: [], needsAttention: false };
    this.#preferences = new PreferenceFile(config.dataDir);
    this.#notifier = new Notifier({
      ...{ clock: systemClock, preferences: this.#preferences, speech, timeZone },
      rules: () => relay.notificationRules(),
      open: () => void this.#window.show(),
    });
    this.#updates = new Updates(updateSource(this.#isSafe, () => this.#updateChanged()));
    this.#window = new MainWindow({
      ...{ relay, clock: systemClock, preload: parts.preload },
      releaseAfterMs: () => this.#preferences.current.releaseAfterMinutes * 60_000,
      closeBehaviour: () => closeBehaviour({ canHide, whenClosed: this.#preferences.current.whenClosed }),
      askWhatClosingMeans: () => this.#askWhatClosingMeans(),
      quit: () => app.quit(),
      gaveUp: () => dialog.showErrorBox('Waystation', speech.say('page.crashed')),
    });
    this.#quitting = new Quitting({
      ...{ clock: systemClock, relay, journal: parts.journal, window: this.#window },
      restoresTools: () => this.#preferences.current.whenQuitting === 'restore',
      stopAround: async () => {
        await this.#closing.disposeAsync();
        await this.#updates.stop();
      },
    });
  }

  /** In the window where the start was asked about, when there is one. */
  async begin(launch: Launch, window: BrowserWindow | undefined): Promise<void> {
    const { relay, journal, config, speech, canHide } = this.#parts;
    this.#listen(launch);
    routeIpc(this.#answers(), () => `${relay.url}${adminUiPath}`);
    if (canHide) {
      this.#tray = new TrayIcon(this.#trayState(), {
        iconFolder: trayIconFolder(),
        speech: () => ({ ...speech, now: Date.now() }),
        act: (action) => this.#act(action),
      });
    }
    if (!this.#isSafe) this.#watchRelay();
    setLoginStart(this.#preferences.current.loginStart);
    claimLinks();
    this.#registerPauseKey();
    this.#updates.begin();
    const link = deepLinkIn(process.argv);
    if (window) await this.#window.adopt(window);
    else if (link || !canHide || !process.argv.includes(hiddenFlag)) await this.#window.show();
    for (const given of [link, deepLinkIn(launch.links)]) if (given) void this.#follow(given);
    if (!this.#isSafe) return;
    const restarting = () => this.#quitting.restarting();
    void tellOfSafeMode({ journal, dataDir: config.dataDir, say: speech.say, restarting });
  }

  #listen(launch: Launch): void {
    const open = (link: DeepLink | undefined) => (link ? void this.#follow(link) : void this.#window.show());
    launch.onLink((link) => open(deepLinkIn([link])));
    app.on('second-instance', (_event, argv) => open(deepLinkIn(argv)));
    app.on('activate', () => void this.#window.show());
    this.#closing.defer(watchPower(this.#parts.relay));
  }

  #watchRelay(): void {
    const { relay } = this.#parts;
    const loss = new RelayLoss(relay.url);
    const show = (figures: RelayFigures | 'unreachable') => {
      this.#figures = figures;
      this.#show();
      const lost = loss.looked(figures !== 'unreachable', systemClock.now());
      if (lost) this.#notifier.add(lost);
    };
    this.#closing.defer(watchFigures({ clock: systemClock, relay, show }));
    this.#notifier
      .resume((question) => relay.operations.listAlerts(question))
      .catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
    this.#closing.defer(relay.onAlert((alert) => this.#notifier.add(alert)));
    this.#closing.defer(() => this.#notifier.stop());
  }

  async #follow(link: DeepLink): Promise<void> {
    if (!(await askAboutLink(link, this.#parts.speech.say))) return;
    if (link.kind === 'join') this.#invite = link.invite;
    await this.#window.show(pageOf(link));
  }

  #trayState(): Parameters<TrayIcon['show']>[0] {
    const figures = this.#figures;
    const { loginStart, whenQuitting } = this.#preferences.current;
    return {
      ...(figures === 'unreachable' ? { relay: figures, accounts: [], needsAttention: true } : figures),
      ...{ url: this.#parts.relay.url, loginStart, whenQuitting, update: this.#updates.state, isSafe: this.#isSafe },
    };
  }

  #updateChanged(): void {
    this.#show();
    const { state } = this.#updates;
    // A look that failed says nothing about what is there.
    if (state.kind !== 'available' && !(state.kind === 'idle' && state.checkedAt !== undefined)) return;
    const version = state.kind === 'available' ? state.version : undefined;
    const { relay } = this.#parts;
    relay.updateFound(version).catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  }

  #show(): void {
    this.#tray?.show(this.#trayState());
  }

  #act(action: TrayAction): void {
    switch (action.kind) {
      case 'copy':
        void clipboard.writeText(action.text);
        break;
      case 'show':
        void this.#window.show(action.page);
        break;
      case 'login-start':
        this.#change({ loginStart: action.value });
        break;
      case 'pause':
      case 'resume':
        this.#tell(this.#parts.relay.setPaused(action.kind === 'pause'));
        break;
      case 'check-updates':
        void this.#updates.check();
        break;
      case 'download-update':
        void this.#updates.download();
        break;
      case 'install-update':
        this.#installUpdate();
        break;
      case 'aim':
        this.#tell(this.#parts.relay.operations.updateRules({ aim: action.aim }));
        break;
      case 'disconnect-tools':
        void this.#disconnectTools();
        break;
      case 'quit':
        app.quit();
    }
  }

  #change(change: PreferenceChange): void {
    this.#preferences.change(change);
    if (change.loginStart !== undefined) setLoginStart(change.loginStart);
    if (change.hasPauseKey !== undefined) this.#registerPauseKey();
    this.#show();
  }

  #registerPauseKey(): void {
    globalShortcut.unregisterAll();
    if (!this.#preferences.current.hasPauseKey) return;
    globalShortcut.register(pauseAccelerator, () => {
      const isPaused = this.#figures !== 'unreachable' && this.#figures.relay === 'paused';
      this.#tell(this.#parts.relay.setPaused(!isPaused));
    });
  }

  /** The relay may be gone by now, which the tray shows by itself. */
  #tell(asked: Promise<unknown>): void {
    asked.catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  }

  async #askWhatClosingMeans(): Promise<'quit' | 'minimise'> {
    const whenClosed = await askWhatClosingMeans(this.#parts.speech.say);
    this.#change({ whenClosed });
    return whenClosed;
  }

  #installUpdate(): void {
    if (this.#updates.state.kind === 'ready') this.#quitting.restarting();
    this.#updates.installAndRestart();
  }

  async #disconnectTools(): Promise<void> {
    const { relay, speech } = this.#parts;
    const tools = this.#figures === 'unreachable' ? [] : (this.#figures.tools ?? []);
    const names = tools.flatMap(({ name, state }) => (state === 'apart' ? [] : [name]));
    if (!(await askAboutDisconnecting(names, speech.say))) return;
    // What could not be disconnected is said on its card.
    await relay.operations.disconnectTools({}).catch((error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      void this.#window.show('connections');
    });
  }

  #answers(): Parameters<typeof routeIpc>[0] {
    return pageAnswers({
      ...{ dataDir: this.#parts.config.dataDir, updates: this.#updates },
      state: () => ({
        ...this.#preferences.current,
        ...{ canHide: this.#parts.canHide, isSafe: this.#isSafe, update: this.#updates.state },
      }),
      change: (change) => this.#change(change),
      installUpdate: () => this.#installUpdate(),
      testNotification: () => this.#notifier.test(),
      takeInvite: () => {
        const invite = this.#invite;
        this.#invite = undefined;
        return invite;
      },
    });
  }
}
