import { type Alert, noAmount } from '../app/domain/alert.ts';

/** One look may come while the computer wakes up. */
const looks = 2;

/** Notices that the relay does not answer any more: once, until it does again. */
export class RelayLoss {
  readonly #url: string;
  #wasThere = false;
  #missed = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** What there is to tell after another look. It stands in no list: who keeps the list is gone. */
  looked(isThere: boolean, now: number): Alert | undefined {
    if (isThere) {
      this.#wasThere = true;
      this.#missed = 0;
      return undefined;
    }
    this.#missed += 1;
    if (!this.#wasThere || this.#missed !== looks) return undefined;
    const { host } = new URL(this.#url);
    return { ...noAmount, id: 0, at: now, kind: 'relay-stopped', subjectId: 'relay', subjectName: host };
  }
}
