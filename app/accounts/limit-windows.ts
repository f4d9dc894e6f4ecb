import type { LimitSnapshot, LimitWindow } from '../domain/limits.ts';

/** What no answer mentioned for this long is forgotten, when it has no reset of its own. */
const forgottenMs = 600_000;
const maxWindows = 64;

/**
 * The newest of each window: an answer may tell of some windows only, such as those of its model's family. Windows of
 * other models with the same name are others.
 */
export function mergeLimits(before: LimitSnapshot | undefined, told: LimitSnapshot): LimitSnapshot {
  if (!before || before.windows.length === 0) return told;
  const names = new Set(told.windows.map(nameOf));
  const kept = before.windows.filter((window) => !names.has(nameOf(window)) && isCurrent(window, before, told.readAt));
  return { readAt: told.readAt, windows: [...told.windows, ...kept].slice(0, maxWindows) };
}

function isCurrent({ resetsAt }: LimitWindow, { readAt }: LimitSnapshot, now: number): boolean {
  return resetsAt === undefined ? now - readAt < forgottenMs : resetsAt > now;
}

function nameOf({ name, models }: LimitWindow): string {
  return models === undefined ? name : `${name} ${models.join()}`;
}
