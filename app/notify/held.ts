import type { Alert } from '../domain/alert.ts';
import type { AlertLog } from '../usage/alert-log.ts';
import { type NotificationType, typeOf } from './rules.ts';

/** What waits for the end of the quiet hours: how many of what, and the newest of them. */
export interface Held {
  readonly counts: Readonly<Partial<Record<NotificationType, number>>>;
  /** Newest first. */
  readonly newest: readonly Alert[];
}

/** By the numbers of the alerts; both are among them. */
export interface HeldRange {
  readonly first: number;
  readonly last: number;
}

/** As many as can be read in one message; of the others only the count is kept. */
const mostNewest = 3;
const pageSize = 500;
/** The log keeps no more than that. */
const mostPages = 20;

export const nothingHeld: Held = { counts: {}, newest: [] };

export function countOf({ counts }: Held): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** With one that happened after all of them. */
export function withAlert(held: Held, alert: Alert): Held {
  return together(held, { counts: { [typeOf[alert.kind]]: 1 }, newest: [alert] });
}

export function together(older: Held, newer: Held): Held {
  const added = Object.entries(newer.counts) as [NotificationType, number][];
  return {
    counts: {
      ...older.counts,
      ...Object.fromEntries(added.map(([type, count]) => [type, (older.counts[type] ?? 0) + count])),
    },
    newest: [...newer.newest, ...older.newest].slice(0, mostNewest),
  };
}

/** What the log has of it, for whoever did not keep it. */
export async function heldIn(
  list: AlertLog['list'],
  { first, last }: HeldRange,
  isWanted: (type: NotificationType) => boolean,
): Promise<Held> {
  const found: Alert[] = [];
  for (let page = 0, before = last + 1; page < mostPages && before > first; page += 1) {
    const alerts = await list({ limit: pageSize, before });
    found.push(...alerts.filter(({ id, kind }) => id >= first && isWanted(typeOf[kind])));
    before = alerts.at(-1)?.id ?? first;
  }
  return found.reduceRight(withAlert, nothingHeld);
}
