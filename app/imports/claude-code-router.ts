import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { type FoundEntry, ImportUnreadable, type PlannedAccount } from './entry.ts';
import { isDatabase, readForeignRows } from './foreign-database.ts';
import type { LeftReason } from './import-kind.ts';
import { parseRelaxedJson } from './relaxed-json.ts';
import { type Dialect, targetOf } from './targets.ts';

const text = z.string().trim().optional().catch(undefined);
const credential = z.object({
  ...{ id: text, name: text, label: text, api_key: text, apiKey: text, apikey: text },
  enabled: z.boolean().optional().catch(undefined),
});
const provider = credential.extend({
  ...{ type: text, provider: text, api_base_url: text, baseUrl: text, baseurl: text, base_url: text },
  models: z.array(z.unknown()).catch([]),
  transformer: z
    .object({ use: z.array(z.unknown()).catch([]) })
    .optional()
    .catch(undefined),
  credentials: z.array(credential).catch([]),
});
const config = z.object({ Providers: z.array(provider).optional(), providers: z.array(provider).optional() });

type Provider = z.output<typeof provider>;
type Credential = z.output<typeof credential>;

/** Keys that are named instead of written: `$NAME` or `${NAME}`. */
type Environment = Readonly<Record<string, string | undefined>>;

/** `config.json` of the versions before 3, and the database that later ones keep the same in. */
export function readClaudeCodeRouter(file: string, environment: Environment): readonly FoundEntry[] {
  const parsed = config.safeParse(contentOf(file));
  const found = parsed.data?.Providers ?? parsed.data?.providers;
  if (!found)
    throw new ImportUnreadable(`${file} has no list of providers. Is it the configuration of claude-code-router?`);
  return found.flatMap((one, index) => entriesOf(one, index, environment));
}

function contentOf(file: string): unknown {
  const bytes = readFileSync(file);
  if (!isDatabase(bytes)) return parseRelaxedJson(bytes.toString('utf8'));
  const [row] = readForeignRows(file, "select value_json from app_config where key = 'default'");
  const stored = z.object({ value_json: z.string() }).safeParse(row).data;
  return stored && parseRelaxedJson(stored.value_json);
}

/** A provider with several keys becomes an account for each of them. */
function entriesOf(one: Provider, index: number, environment: Environment): FoundEntry[] {
  const named = one.name ?? one.provider ?? one.id ?? `provider ${index + 1}`;
  const keys = one.credentials.length > 0 ? one.credentials : [one];
  return keys.map((key, position): FoundEntry => {
    const mark = keys.length === 1 ? '' : ` ${key.label ?? key.name ?? position + 1}`;
    const ref = `${index}/${position}/${named}`.slice(0, 200);
    const planned = accountOf(one, key, environment);
    return typeof planned === 'string'
      ? { ref, name: named + mark, kind: 'left', of: 'account', reason: planned }
      : { ref, name: named + mark, kind: 'account', account: planned };
  });
}

function accountOf(one: Provider, key: Credential, environment: Environment): PlannedAccount | LeftReason {
  const written = key.api_key ?? key.apiKey ?? key.apikey ?? one.api_key ?? one.apiKey ?? one.apikey;
  const secret = written === undefined ? undefined : resolved(written, environment);
  if (!secret) return 'no-secret';
  const address = one.api_base_url ?? one.baseUrl ?? one.baseurl ?? one.base_url;
  const dialect = dialectOf(one, address);
  if (!dialect) return 'protocol-unknown';
  const target = targetOf({ dialect, address });
  if (typeof target === 'string') return target;
  const models = one.models.filter((model) => typeof model === 'string' && model !== '' && model.length <= 200);
  return {
    ...{ ...target, secret },
    ...(models.length > 0 && { models: models.map(String).slice(0, 200) }),
    isEnabled: one.enabled !== false && key.enabled !== false,
  };
}

function resolved(written: string, environment: Environment): string | undefined {
  const [, braced, bare] = /^\$(?:\{(\w+)\}|(\w+))$/.exec(written) ?? [];
  const variable = braced ?? bare;
  return variable === undefined ? written : environment[variable]?.trim();
}

const types: Readonly<Record<string, Dialect>> = {
  anthropic_messages: 'messages',
  openai_chat_completions: 'chat',
  openai_responses: 'responses',
  gemini_generate_content: 'gemini',
};
const transformers: Readonly<Record<string, Dialect | undefined>> = {
  anthropic: 'messages',
  gemini: 'gemini',
  'openai-response': 'responses',
  'openai-responses': 'responses',
};
/** Clouds that sign each request in their own way. */
const foreignTransformers: ReadonlySet<string> = new Set(['vertex-gemini', 'vertex-claude']);

function dialectOf({ type, transformer }: Provider, address = ''): Dialect | undefined {
  if (type !== undefined && Object.hasOwn(types, type)) return types[type];
  if (type !== undefined && /_interactions$/.test(type)) return undefined;
  const uses = (transformer?.use ?? []).map((use) => String(Array.isArray(use) ? use[0] : use).toLowerCase());
  if (uses.some((use) => foreignTransformers.has(use))) return undefined;
  const named = uses.map((use) => (Object.hasOwn(transformers, use) ? transformers[use] : undefined));
  return named.find((one) => one !== undefined) ?? dialectAt(address);
}

function dialectAt(address: string): Dialect {
  if (/\/messages\/*$/.test(address)) return 'messages';
  if (/\/responses\/*$/.test(address)) return 'responses';
  return /\/v1beta(\/models)?\/*$/.test(address) ? 'gemini' : 'chat';
}
