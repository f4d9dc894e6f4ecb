import { expect } from 'vitest';
import type { LedgerEntry } from './fake-anthropic/ledger.ts';
import { mismatches } from './fake-anthropic/ledger-match.ts';
import type { RelayProcess, UsageRow } from './relay-process.ts';

/** A fake upstream, as far as usage is compared with it. */
export interface Ledgered {
  readonly ledger: { entries(): readonly LedgerEntry[] };
  readonly calls: readonly { readonly ended: Promise<unknown> }[];
}

/** Rows behind the first `skip`, once every upstream request that was answered has one; they match to the token. */
export async function rowsThatMatch(relay: RelayProcess, fake: Ledgered, skip = 0): Promise<readonly UsageRow[]> {
  await Promise.all(fake.calls.map(({ ended }) => ended));
  const entries = fake.ledger.entries();
  for (;;) {
    const rows = (await relay.usage()).slice(skip);
    const attempts = rows.reduce((count, row) => count + row.attempts.length, 0);
    if (attempts < entries.length) continue;
    expect(mismatches(rows, entries)).toEqual([]);
    return rows;
  }
}
