/** What is left of the money that an upstream holds for an account. */
export interface Balance {
  /** One for each currency. */
  readonly amounts: readonly {
    /** Such as USD. */
    readonly currency: string;
    /** Negative for what is owed. */
    readonly amount: number;
  }[];
  /** Whether the upstream says that it is enough to be served; absent when it does not say. */
  readonly isEnough?: boolean | undefined;
}
