/** What sums can be made by. */
export type UsageGroup = 'model' | 'key' | 'member' | 'account' | 'project' | 'tool' | 'day' | 'hour';

export interface UsageSums {
  readonly calls: number;
  readonly failedCalls: number;
  /** Their cost is not known, so it is not in `costNanoUsd`. */
  readonly unpricedCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly thinkingTokens: number;
  readonly webSearchRequests: number;
  readonly costNanoUsd: number;
  /** The same with what multipliers made of it: what keys paid. */
  readonly billedNanoUsd: number;
}

export interface UsageSummary extends UsageSums {
  /** Model, key id, member id, account id, project, tool, day such as `2026-11-23` or hour such as `2026-11-23 14:00+01:00`. */
  readonly group: string | null;
  /** The same of the second thing they were asked by; null without one. */
  readonly per: string | null;
}

/** Sums of one group at a time become sums by name; the dearest group first, times in their order. */
export function merged(found: readonly UsageSummary[], groupBy: UsageGroup): UsageSummary[] {
  const byName = new Map<string, UsageSummary>();
  for (const one of found) {
    const name = JSON.stringify([one.group, one.per]);
    const known = byName.get(name);
    byName.set(name, known ? { group: one.group, per: one.per, ...addSums(known, one) } : one);
  }
  const isTime = groupBy === 'day' || groupBy === 'hour';
  return [...byName.values()].sort((a, b) => {
    const names =
      String(a.group).localeCompare(String(b.group), 'en') || String(a.per).localeCompare(String(b.per), 'en');
    return isTime ? names : b.costNanoUsd - a.costNanoUsd || b.calls - a.calls || names;
  });
}

export const noSums: UsageSums = {
  ...{ calls: 0, failedCalls: 0, unpricedCalls: 0, costNanoUsd: 0, billedNanoUsd: 0 },
  ...{ inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 },
  ...{ thinkingTokens: 0, webSearchRequests: 0 },
};

export function addSums(a: UsageSums, b: UsageSums): UsageSums {
  return {
    calls: a.calls + b.calls,
    failedCalls: a.failedCalls + b.failedCalls,
    unpricedCalls: a.unpricedCalls + b.unpricedCalls,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWrite5mTokens: a.cacheWrite5mTokens + b.cacheWrite5mTokens,
    cacheWrite1hTokens: a.cacheWrite1hTokens + b.cacheWrite1hTokens,
    thinkingTokens: a.thinkingTokens + b.thinkingTokens,
    webSearchRequests: a.webSearchRequests + b.webSearchRequests,
    costNanoUsd: a.costNanoUsd + b.costNanoUsd,
    billedNanoUsd: a.billedNanoUsd + b.billedNanoUsd,
  };
}
