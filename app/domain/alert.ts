/** What somebody may want to be told of. */
export const alertKinds = [
  'budget-reached',
  'budget-forecast',
  'key-limit-reached',
  'member-limit-reached',
  'account-run-out',
  'account-needs-sign-in',
  'account-blocked',
  'account-limited',
  'account-recovered',
  'accounts-unavailable',
  'failed-over',
  'tool-drifted',
  'update-ready',
  'relay-stopped',
  'sharing-unreadable',
  'invites-guessed',
] as const;

export type AlertKind = (typeof alertKinds)[number];

/** A condition that began. What it says is of that moment. */
export interface AlertDetail {
  readonly kind: AlertKind;
  /** The budget, the key, the member, the account or the tool; or the setting, or the invite that was guessed at. */
  readonly subjectId: string;
  readonly subjectName: string;
  /** The account that serves in its place. */
  readonly otherName?: string | undefined;
  /** Which limit of a key, or which window of an account. */
  readonly window?: string | undefined;
  /** 80 or 100, where a share was reached. */
  readonly percent?: number | undefined;
  /** What is spent, and of how much: nano-dollars, tokens or calls; or shares of 1 of an account's window. */
  readonly used: number;
  readonly limit: number;
  readonly measure: 'cost' | 'tokens' | 'requests' | 'share';
  /** When it will be used up at this pace. */
  readonly runsOutAt?: number | undefined;
  /** When it has room again. */
  readonly resetsAt?: number | undefined;
}

export interface Alert extends AlertDetail {
  /** Grows with every alert, whichever node it came from. */
  readonly id: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Of what is not a share of anything. */
export const noAmount = { used: 0, limit: 0, measure: 'requests' } as const;
