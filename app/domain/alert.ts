/** What somebody may want to be told of. */
export type AlertKind = 'budget-reached' | 'budget-forecast' | 'key-limit-reached' | 'account-run-out';

export const alertKinds = [
  'budget-reached',
  'budget-forecast',
  'key-limit-reached',
  'account-run-out',
] as const satisfies readonly AlertKind[];

/** A condition that began. What it says is of that moment. */
export interface AlertDetail {
  readonly kind: AlertKind;
  /** The budget, the key or the account. */
  readonly subjectId: string;
  readonly subjectName: string;
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
