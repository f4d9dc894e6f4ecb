import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { type FoundEntry, ImportUnreadable, type PlannedAccount } from './entry.ts';
import type { LeftReason } from './import-kind.ts';
import { type KeySurroundings, keyEntry } from './relay-service-keys.ts';
import { type Dialect, targetOf } from './targets.ts';

const list = z.array(z.unknown()).catch([]);
/** What `data-transfer` writes, and what the service's own migration route answers. */
const file = z.object({
  metadata: z.object({ sanitized: z.boolean().catch(false) }).optional(),
  data: z.object({
    ...{ apiKeys: list, claudeAccounts: list, geminiAccounts: list, openaiOAuthAccounts: list },
    ...{ claudeConsoleAccounts: list, openaiResponsesAccounts: list },
  }),
});

const text = z.string().trim().optional().catch(undefined);
const account = z.object({
  ...{ id: text, name: text },
  isActive: z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')]).catch(true),
  schedulable: z.boolean().catch(true),
  credentials: z
    .object({
      api_key: text,
      base_url: text,
      model_mapping: z.record(z.string(), z.string()).nullish().catch(undefined),
    })
    .optional()
    .catch(undefined),
  proxy: z
    .object({ protocol: z.string(), host: z.string(), port: z.number(), username: text, password: text })
    .nullish()
    .catch(undefined),
});

type Given = z.output<typeof account>;

/** Its accounts and keys. Logins stay there: two programs that renew the same one log each other out. */
export function readRelayService(path: string, around: Omit<KeySurroundings, 'isSanitized'>): readonly FoundEntry[] {
  const parsed = file.safeParse(parseJson(readFileSync(path, 'utf8'))).data;
  if (!parsed)
    throw new ImportUnreadable(`${path} is not an export of claude-relay-service: a JSON file with metadata and data.`);
  const { data, metadata } = parsed;
  const isSanitized = metadata?.sanitized ?? false;
  return [
    ...data.claudeAccounts.map(login('claude')),
    ...data.geminiAccounts.map(login('gemini')),
    ...data.openaiOAuthAccounts.map(login('openai')),
    ...data.claudeConsoleAccounts.map(withKey('claude-console', 'messages')),
    ...data.openaiResponsesAccounts.map(withKey('openai-responses', 'responses')),
    ...data.apiKeys.map((key, index) => keyEntry(key, index, { ...around, isSanitized })),
  ];
}

function login(section: string) {
  return (given: unknown, index: number): FoundEntry => ({
    ...nameOf(section, account.safeParse(given).data, index),
    ...{ kind: 'left', of: 'account', reason: 'subscription' },
  });
}

function withKey(section: string, dialect: Dialect) {
  return (given: unknown, index: number): FoundEntry => {
    const parsed = account.safeParse(given).data;
    const planned = parsed ? accountOf(parsed, dialect) : 'no-secret';
    const named = nameOf(section, parsed, index);
    return typeof planned === 'string'
      ? { ...named, kind: 'left', of: 'account', reason: planned }
      : { ...named, kind: 'account', account: planned };
  };
}

function nameOf(section: string, given: Given | undefined, index: number) {
  return { ref: `${section}/${given?.id || index}`, name: given?.name || `${section} ${index + 1}` };
}

function accountOf(
  { credentials, proxy, isActive, schedulable }: Given,
  dialect: Dialect,
): PlannedAccount | LeftReason {
  const secret = credentials?.api_key;
  if (!secret) return 'no-secret';
  if (secret.includes('[REDACTED]')) return 'sanitized';
  // Its own sealed form, which only its own word opens.
  if (/^[0-9a-f]{32}:[0-9a-f]+$/i.test(secret)) return 'sealed';
  const target = targetOf({ dialect, address: credentials.base_url });
  if (typeof target === 'string') return target;
  const pairs = Object.entries(credentials.model_mapping ?? {});
  const changed = pairs.filter(([from, to]) => from !== to);
  return {
    ...{ ...target, secret },
    ...(pairs.length > 0 && { models: pairs.map(([from]) => from) }),
    ...(changed.length > 0 && { modelMap: Object.fromEntries(changed) }),
    ...(proxy && { proxy: addressOf(proxy) }),
    isEnabled: isActive && schedulable,
  };
}

function addressOf({ protocol, host, port, username, password }: NonNullable<Given['proxy']>): string {
  const who = username ? `${encodeURIComponent(username)}:${encodeURIComponent(password ?? '')}@` : '';
  return `${protocol.replace(/:.*$/, '')}://${who}${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content.replace(/^\ufeff/, ''));
  } catch {
    return undefined; // said as what it is not
  }
}
