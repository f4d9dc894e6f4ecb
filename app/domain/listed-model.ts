/** A model as an upstream tells of it; absent means that it does not say. */
export interface ListedModel {
  readonly id: string;
  readonly displayName?: string | undefined;
  /** Epoch milliseconds. */
  readonly createdAt?: number | undefined;
  readonly contextTokens?: number | undefined;
  readonly maxOutputTokens?: number | undefined;
}
