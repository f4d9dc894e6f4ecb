import * as z from 'zod';
import type { NewKey } from '../keys/input.ts';
import type { KeyLimit } from '../keys/limit.ts';
import { secretProblem } from '../keys/secret.ts';
import type { ServiceId } from '../keys/services.ts';
import type { FoundEntry, PlannedKey } from './entry.ts';
import type { LeftReason } from './import-kind.ts';

/** As its Redis holds it: everything is text. */
const text = z.coerce.string().optional().catch(undefined);
const number = z.coerce.number().positive().optional().catch(undefined);
const apiKey = z.object({
  ...{ id: text, name: text, description: text, apiKey: text, isActive: text, permissions: text, tags: text },
  ...{ expiresAt: text, enableModelRestriction: text, restrictedModels: text },
  ...{ concurrencyLimit: number, tokenLimit: number, rateLimitWindow: number, rateLimitRequests: number },
  ...{ rateLimitCost: number, dailyCostLimit: number, totalCostLimit: number, weeklyOpusCostLimit: number },
});

type Given = z.output<typeof apiKey>;

export interface KeySurroundings {
  readonly nowMs: number;
  /** What days and weeks go by. */
  readonly timeZone: string;
  readonly isSanitized: boolean;
}

/** A key that its clients hold, if its secret is there: what it keeps itself is a digest with a word that only it knows. */
export function keyEntry(given: unknown, index: number, around: KeySurroundings): FoundEntry {
  const parsed = apiKey.safeParse(given).data ?? {};
  const name = parsed.name || `key ${index + 1}`;
  const ref = `key/${parsed.id || index}`;
  const planned = keyOf(parsed, around);
  return typeof planned === 'string'
    ? { ref, name, kind: 'left', of: 'key', reason: planned }
    : { ref, name, kind: 'key', key: planned };
}

function keyOf(given: Given, { nowMs, timeZone, isSanitized }: KeySurroundings): PlannedKey | LeftReason {
  const secret = given.apiKey?.trim() ?? '';
  if (isSanitized || secret.includes('[REDACTED]')) return 'sanitized';
  if (secret === '') return 'no-secret';
  if (/^[0-9a-f]{64}$/i.test(secret)) return 'hashed';
  if (secretProblem(secret) !== undefined) return 'key-unusable';
  const expiresAt = given.expiresAt ? Date.parse(given.expiresAt) : Number.NaN;
  if (expiresAt <= nowMs) return 'expired';
  const fields: Omit<NewKey, 'name'> = {
    ...(given.description && { note: line(given.description, 500) }),
    ...(expiresAt > nowMs && { expiresAt }),
    ...(given.concurrencyLimit && { maxConcurrent: Math.ceil(given.concurrencyLimit) }),
    tags: listOf(given.tags).filter((tag) => /^[\p{L}\p{N}][\p{L}\p{N}._:/-]{0,31}$/u.test(tag)),
    // Its list is of what a key may not use.
    deniedModels: given.enableModelRestriction === 'true' ? listOf(given.restrictedModels) : [],
    services: servicesOf(given.permissions),
    limits: limitsOf(given, timeZone),
  };
  return { secret, fields, isEnabled: given.isActive !== 'false' };
}

const minuteMs = 60_000;

function limitsOf(given: Given, timeZone: string): KeyLimit[] {
  const minutes = given.rateLimitWindow && Math.ceil(given.rateLimitWindow);
  const rolling = minutes === undefined ? undefined : { kind: 'rolling' as const, lengthMs: minutes * minuteMs };
  const day = { kind: 'calendar', unit: 'day', timeZone } as const;
  const week = { kind: 'calendar', unit: 'week', timeZone } as const;
  return [
    ...(rolling ? limit('requests', given.rateLimitRequests, rolling) : []),
    ...(rolling ? limit('tokens', given.tokenLimit, rolling) : []),
    ...(rolling ? limit('cost', given.rateLimitCost, rolling) : []),
    ...limit('cost', given.dailyCostLimit, day),
    ...limit('cost', given.weeklyOpusCostLimit, week, ['claude-opus-*']),
    ...limit('cost', given.totalCostLimit, { kind: 'total' }),
  ];
}

// biome-ignore lint/complexity/useMaxParams: a row of the table above
function limit(
  measure: KeyLimit['measure'],
  amount: number | undefined,
  window: KeyLimit['window'],
  models?: readonly string[],
): KeyLimit[] {
  if (amount === undefined) return [];
  const whole = Math.round(measure === 'cost' ? amount * 1e9 : amount);
  return whole < 1 ? [] : [{ measure, amount: whole, window, mode: 'strict', ...(models && { models }) }];
}

/** There the clouds belong to the API that they serve. */
const services = {
  claude: ['anthropic', 'bedrock'],
  openai: ['openai', 'azure'],
  gemini: ['gemini'],
} as const satisfies Record<string, readonly ServiceId[]>;

/** `all`, one name, or a list of names in JSON; nothing means all. */
function servicesOf(permissions: string | undefined): ServiceId[] {
  const named = permissions?.startsWith('[') ? listOf(permissions) : [permissions ?? 'all'];
  return named.flatMap((name) => (isService(name) ? services[name] : []));
}

function isService(name: string): name is keyof typeof services {
  return Object.hasOwn(services, name);
}

function listOf(json: string | undefined): string[] {
  try {
    return z
      .array(z.string().min(1).max(200))
      .catch([])
      .parse(JSON.parse(json ?? '[]'));
  } catch {
    return []; // an empty text, or one that is no list
  }
}

function line(given: string, most: number): string {
  return given
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, most);
}
