import type { AlertDetail } from '../domain/alert.ts';
import type { LimitWindow } from '../domain/limits.ts';
import { paceOf } from './pace.ts';
import type { AccountView } from './view.ts';

export interface RunOut {
  readonly detail: AlertDetail & { readonly window: string; readonly resetsAt: number };
  /** Upstreams count the same reset a little differently from answer to answer: so far apart it is another one. */
  readonly slackMs: number;
}

const leastSlackMs = 600_000;

/** Windows of accounts that will be used up before they reset, at the pace so far. Where nothing is known there is none. */
export function runOutsOf(views: readonly AccountView[], now: number): readonly RunOut[] {
  return views.filter(({ account }) => account.isEnabled).flatMap((view) => ofAccount(view, now));
}

function ofAccount({ account, limits }: AccountView, now: number): readonly RunOut[] {
  return (limits?.windows ?? []).flatMap((window) => {
    const pace = paceOf(window, limits?.readAt ?? 0, now);
    const { used = 0, lengthMs = 0, resetsAt } = window;
    if (pace?.runsOutAt === undefined || pace.verdict !== 'ahead' || resetsAt === undefined) return [];
    const detail: RunOut['detail'] = {
      kind: 'account-run-out',
      subjectId: account.id,
      subjectName: account.name,
      window: windowName(window),
      used,
      limit: 1,
      measure: 'share',
      runsOutAt: pace.runsOutAt,
      resetsAt,
    };
    return [{ detail, slackMs: Math.max(leastSlackMs, lengthMs / 20) }];
  });
}

/** Windows of other models with the same name are others. */
export function windowName({ name, models }: LimitWindow): string {
  return models === undefined ? name : `${name} (${models.join(', ')})`;
}
