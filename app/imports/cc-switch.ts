import * as z from 'zod';
import { readKey } from '../connect/edits.ts';
import type { FoundEntry, PlannedAccount } from './entry.ts';
import { readForeignRows } from './foreign-database.ts';
import type { LeftReason } from './import-kind.ts';
import { type Dialect, targetOf } from './targets.ts';

const row = z.object({ id: z.string(), app_type: z.string(), name: z.string(), settings_config: z.string() });
const withMeta = row.extend({ meta: z.string() });

const env = z.record(z.string(), z.unknown());
const settings = z.object({ env: env.optional(), auth: env.nullish(), config: z.unknown().optional() });
const meta = z.object({ apiFormat: z.string().optional() });

type Settings = z.output<typeof settings>;
type Planned = Omit<PlannedAccount, 'isEnabled'>;

/** The order in which cc-switch shows them. Older databases have no `meta`. */
const order = 'from providers order by app_type, coalesce(sort_index, 999999), created_at, id';

/** What the cards of cc-switch hold: each program has providers of its own. */
export function readCcSwitch(file: string): readonly FoundEntry[] {
  const columns = z
    .array(z.object({ name: z.string() }))
    .parse(readForeignRows(file, "select name from pragma_table_info('providers')"))
    .map(({ name }) => name);
  const hasMeta = columns.includes('meta');
  const names = ['id', 'app_type', 'name', 'settings_config', ...(hasMeta ? ['meta'] : [])];
  const rows = readForeignRows(file, `select ${names.join(', ')} ${order}`);
  return rows.map((one) => {
    const { id, app_type: program, name, settings_config: text } = row.parse(one);
    const format = hasMeta ? meta.safeParse(parseJson(withMeta.parse(one).meta)).data?.apiFormat : undefined;
    const planned = accountOf(program, settings.safeParse(parseJson(text)).data ?? {}, format);
    const named = { ref: `${program}/${id}`, name };
    return typeof planned === 'string'
      ? { ...named, kind: 'left', of: 'account', reason: planned }
      : { ...named, kind: 'account', account: { ...planned, isEnabled: true } };
  });
}

function accountOf(program: string, given: Settings, format: string | undefined): Planned | LeftReason {
  switch (program) {
    case 'claude':
      return ofClaude(given, format);
    case 'codex':
      return ofCodex(given, format);
    case 'gemini':
      return ofGemini(given);
    default:
      return 'program-unknown';
  }
}

/** cc-switch turns Claude Code's requests into another protocol where a card says so. */
const formats: Readonly<Record<string, Dialect>> = {
  anthropic: 'messages',
  openai_chat: 'chat',
  openai_responses: 'responses',
  gemini_native: 'gemini',
};

function ofClaude({ env: variables = {} }: Settings, format = 'anthropic'): Planned | LeftReason {
  const dialect = Object.hasOwn(formats, format) ? formats[format] : undefined;
  if (!dialect) return 'protocol-unknown';
  const token = textIn(variables, 'ANTHROPIC_AUTH_TOKEN');
  const secret = token ?? textIn(variables, 'ANTHROPIC_API_KEY');
  const address = textIn(variables, 'ANTHROPIC_BASE_URL');
  if (secret === undefined) return address === undefined ? 'subscription' : 'no-secret';
  if (isLoginToken(secret)) return 'subscription';
  const target = targetOf({ dialect, address, auth: token === undefined ? 'x-api-key' : 'bearer' });
  return typeof target === 'string' ? target : { ...target, secret, ...mapOf(variables) };
}

/** A login's own token passes for a key only in the program that it was given to. */
function isLoginToken(secret: string): boolean {
  return secret.startsWith('sk-ant-oat');
}

/** Which of the vendor's models stand for Claude Code's own. */
const families = {
  'claude-*opus*': 'ANTHROPIC_DEFAULT_OPUS_MODEL',
  'claude-*sonnet*': 'ANTHROPIC_DEFAULT_SONNET_MODEL',
  'claude-*haiku*': 'ANTHROPIC_DEFAULT_HAIKU_MODEL',
} as const;

function mapOf(variables: Readonly<Record<string, unknown>>): Pick<PlannedAccount, 'modelMap'> {
  const one = textIn(variables, 'ANTHROPIC_MODEL');
  const named = Object.entries(families).flatMap(([pattern, variable]) => {
    const model = textIn(variables, variable) ?? one;
    return model === undefined ? [] : [[pattern, withoutMark(model)] as const];
  });
  // A card that names Claude's own models changes nothing.
  const foreign = named.filter(([, model]) => !/^claude-/i.test(model) && !aliases.has(model));
  return foreign.length === 0 ? {} : { modelMap: Object.fromEntries(foreign) };
}

const aliases: ReadonlySet<string> = new Set(['opus', 'sonnet', 'haiku', 'opusplan', 'default']);

/** `[1m]` asks Claude Code for a longer context; no upstream has a model of that name. */
function withoutMark(model: string): string {
  return model.replace(/\[1m\]$/i, '');
}

function ofCodex({ auth, config }: Settings, format: string | undefined): Planned | LeftReason {
  const text = typeof config === 'string' ? config : '';
  const provider = readKey(text, 'toml', ['model_provider']) ?? 'openai';
  const inProvider = (name: string) => readKey(text, 'toml', ['model_providers', provider, name]);
  const address = inProvider('base_url') ?? readKey(text, 'toml', ['openai_base_url']);
  const secret = textIn(auth ?? {}, 'OPENAI_API_KEY') ?? inProvider('experimental_bearer_token');
  if (secret === undefined) return address === undefined ? 'subscription' : 'no-secret';
  if (format === 'anthropic') return 'protocol-unknown';
  const isChat = format === 'openai_chat' || inProvider('wire_api') === 'chat';
  const target = targetOf({ dialect: isChat ? 'chat' : 'responses', address });
  return typeof target === 'string' ? target : { ...target, secret };
}

function ofGemini({ env: variables = {} }: Settings): Planned | LeftReason {
  const secret = textIn(variables, 'GEMINI_API_KEY') ?? textIn(variables, 'GOOGLE_API_KEY');
  const address = textIn(variables, 'GOOGLE_GEMINI_BASE_URL');
  if (secret === undefined) return address === undefined ? 'subscription' : 'no-secret';
  const target = targetOf({ dialect: 'gemini', address });
  return typeof target === 'string' ? target : { ...target, secret };
}

function textIn(values: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // one card that cannot be read leaves the others as they are
  }
}
