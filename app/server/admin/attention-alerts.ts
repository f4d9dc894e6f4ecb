import type * as z from 'zod';
import type { Alert, AlertKind } from '../../domain/alert.ts';
import type { attention } from './contract-overview.ts';

type Attention = z.output<typeof attention>;

type Shown = Pick<Attention, 'severity' | 'action'>;

/** What stays worth a look after it was told, and is not found by looking at accounts, keys and tools. */
const shown: Readonly<Partial<Record<AlertKind, (alert: Alert) => Shown>>> = {
  'account-run-out': () => ({ severity: 'warning', action: 'show-account' }),
  'failed-over': () => ({ severity: 'info', action: 'show-account' }),
  'key-limit-reached': ({ percent }) => ({ severity: severityAt(percent), action: 'show-team' }),
  'member-limit-reached': ({ percent }) => ({ severity: severityAt(percent), action: 'show-team' }),
  'budget-reached': ({ percent }) => ({ severity: severityAt(percent), action: 'show-usage' }),
  'budget-forecast': () => ({ severity: 'info', action: 'show-usage' }),
  'update-ready': () => ({ severity: 'info', action: 'show-settings' }),
  'sharing-unreadable': () => ({ severity: 'critical', action: 'show-team' }),
};

/** Alerts that go on, the last of each subject. */
export function attentionOf(ongoing: readonly Alert[]): Attention[] {
  const bySubject = new Map<string, Attention>();
  for (const alert of ongoing.toSorted((a, b) => a.id - b.id)) {
    const { kind, subjectId, subjectName: name, otherName, percent, runsOutAt } = alert;
    const how = shown[kind]?.(alert);
    if (!how) continue;
    const isAccount = kind === 'account-run-out' || kind === 'failed-over';
    bySubject.set(`${kind} ${subjectId}`, {
      ...how,
      // Every kind in the table is one of the contract's.
      kind: kind as Attention['kind'],
      accountId: isAccount ? subjectId : null,
      name,
      ...{ otherName, percent, runsOutAt },
    });
  }
  return [...bySubject.values()];
}

function severityAt(percent = 100): Shown['severity'] {
  return percent >= 100 ? 'warning' : 'info';
}
