import type { Headers } from '../../domain/headers.ts';
import type { LimitSnapshot } from '../../domain/limits.ts';
import type { LimitReply } from '../provider.ts';
import { type Family, familyId, readCredits, readWindow } from './window.ts';

const parts = ['primary', 'secondary'] as const;
/** An upstream has a handful of them. */
const maxFamilies = 32;
const usedHeader = /^x-([a-z0-9][a-z0-9_-]{0,63}?)-(?:primary|secondary)-used-percent$/;

/** What the headers of any answer tell: `x-codex-…` for the plan, `x-<limit id>-…` for single models. */
export function readLimits({ status, headers, nowMs }: LimitReply): LimitSnapshot | undefined {
  const isRefusing = status === 429;
  const windows = familiesIn(headers).flatMap((family) =>
    parts.map((part) => {
      const told = toldBy(headers, `x-${family.id}-${part}`);
      return readWindow(told, { ...family, id: familyId(family.id), part, isRefusing, nowMs });
    }),
  );
  const credits = readCredits(
    isTrue(headers['x-codex-credits-has-credits']),
    readNumber(headers['x-codex-credits-balance']),
  );
  const known = [...windows, credits].filter((window) => window !== undefined);
  return known.length === 0 ? undefined : { readAt: nowMs, windows: known };
}

function familiesIn(headers: Headers): Family[] {
  const ids = new Set<string>();
  for (const name of Object.keys(headers)) {
    const [, id] = usedHeader.exec(name) ?? [];
    if (id !== undefined && ids.size < maxFamilies) ids.add(id);
  }
  return [...ids].map((id) => ({ id, limitName: headers[`x-${id}-limit-name`]?.trim() || undefined }));
}

function toldBy(headers: Headers, start: string) {
  return {
    usedPercent: readNumber(headers[`${start}-used-percent`]),
    windowMinutes: readNumber(headers[`${start}-window-minutes`]),
    resetAt: readNumber(headers[`${start}-reset-at`]),
    resetAfterSeconds: readNumber(headers[`${start}-reset-after-seconds`]),
  };
}

/** Plain decimals only. */
function readNumber(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  return /^\d{1,15}(?:\.\d{1,15})?$/.test(trimmed) ? Number(trimmed) : undefined;
}

function isTrue(text: string | undefined): boolean {
  return /^\s*(?:true|1)\s*$/i.test(text ?? '');
}
