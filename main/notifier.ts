import { Notification } from 'electron';
import type { Alert } from '../app/domain/alert.ts';
import type { Clock } from '../app/domain/clock.ts';
import { isQuiet, type NotificationRules, tellingOf, wantsToHear } from '../app/notify/rules.ts';
import { testSentence } from '../app/notify/sentence.ts';
import type { AlertLog } from '../app/usage/alert-log.ts';
import { askPerson } from './ask-person.ts';
import { HeldNotices } from './held-notices.ts';
import { heldNotice, type Notice, NoticeGroup, noticeOf, type Speech } from './notices.ts';
import type { PreferenceFile } from './preferences.ts';

export interface NotifierDeps {
  readonly clock: Clock;
  readonly preferences: PreferenceFile;
  readonly speech: Speech;
  /** That of the computer. */
  readonly timeZone: string;
  /** What its owner wants to be told of, at this moment. */
  rules(): NotificationRules;
  /** A click on a notification. */
  open(): void;
}

/** Shows alerts as notifications of the system, once the person said yes to the first one. */
export class Notifier {
  readonly #deps: NotifierDeps;
  readonly #group: NoticeGroup;
  readonly #held: HeldNotices;
  #isAsking = false;

  constructor(deps: NotifierDeps) {
    this.#deps = deps;
    const { clock, preferences, speech, timeZone } = deps;
    this.#group = new NoticeGroup(clock, (told) => void this.#tell(noticeOf(told, speech, clock.now())));
    this.#held = new HeldNotices({
      clock,
      isQuiet: () => isQuiet(deps.rules(), { now: clock.now(), timeZone }),
      isWanted: (type) => wantsToHear(type, deps.rules()),
      keep: (held) => void preferences.change({ held }),
      show: (held) => void this.#tell(heldNotice(held, speech, clock.now())),
    });
  }

  /** Tells what was held when the app was quit, when it is time. */
  async resume(list: AlertLog['list']): Promise<void> {
    await this.#held.resume(this.#deps.preferences.current.held, list);
  }

  add(alert: Alert): void {
    const { preferences, clock, timeZone } = this.#deps;
    const telling = tellingOf(alert.kind, this.#deps.rules(), { now: clock.now(), timeZone });
    if (telling === 'keep' || preferences.current.notifications === 'off') return;
    if (telling === 'hold') this.#held.add(alert);
    else this.#group.add({ alert, isQuiet: telling === 'tell-quietly' });
  }

  /** For a person who asked for it: whatever is turned off. False where the system shows none. */
  test(): boolean {
    if (!Notification.isSupported()) return false;
    this.#show({ title: 'Waystation', body: testSentence(this.#deps.speech.language), silent: false });
    return true;
  }

  stop(): void {
    this.#group.stop();
    this.#held.stop();
  }

  async #tell(notice: Notice | undefined): Promise<void> {
    const { preferences } = this.#deps;
    if (!notice || this.#isAsking || !Notification.isSupported()) return;
    if (preferences.current.notifications === 'ask') {
      this.#isAsking = true;
      const isWanted = await this.#ask(notice.body);
      this.#isAsking = false;
      preferences.change({ notifications: isWanted ? 'on' : 'off' });
    }
    if (preferences.current.notifications === 'on') this.#show(notice);
  }

  #show(notice: Notice): void {
    const shown = new Notification(notice);
    shown.on('click', () => this.#deps.open());
    shown.show();
  }

  async #ask(text: string): Promise<boolean> {
    const { say } = this.#deps.speech;
    return await askPerson({
      message: say('notify.ask'),
      detail: say('notify.askDetail', { text }),
      yes: say('notify.allow'),
      no: say('notify.refuse'),
    });
  }
}
