import type { AccountView } from '../accounts/view.ts';
import type { ProtocolId } from '../domain/conversation.ts';
import { matchesPattern } from '../domain/patterns.ts';
import type { ApiKey } from '../keys/key.ts';
import type { Caller } from '../relay/call.ts';

export interface ModelsDeps {
  /** Models known by name, newest first: the price table's. */
  readonly catalogue: readonly string[];
  /** Accounts of every kind. */
  views(): readonly AccountView[];
}

/** The models a caller can use now, in the asker's own shape; Claude Code's `/model` reads `id` and `display_name`. */
export function listModels(deps: ModelsDeps, caller: Caller, protocol: ProtocolId): string {
  return JSON.stringify(shapes[protocol](usableModels(deps, caller)));
}

export function usableModels(deps: ModelsDeps, caller: Caller): readonly string[] {
  const views = deps.views().filter(({ account, forwardsClientCredential }) => {
    return (
      account.isEnabled && (caller.kind === 'key' ? isReachable(caller.key, account.id) : forwardsClientCredential)
    );
  });
  const named = views.flatMap(({ account }) => [...account.models, ...Object.keys(account.modelMap)]);
  const ids = [...new Set([...deps.catalogue, ...named.filter((name) => !name.includes('*'))])];
  return ids.filter((id) => mayUse(caller, id) && views.some((view) => serves(view, id)));
}

const shapes: Readonly<Record<ProtocolId, (ids: readonly string[]) => object>> = {
  anthropic: (ids) => ({
    data: ids.map((id) => ({ type: 'model', id, display_name: id, created_at: '1970-01-01T00:00:00Z' })),
    has_more: false,
    first_id: ids[0] ?? null,
    last_id: ids.at(-1) ?? null,
  }),
  'openai-chat': openAiList,
  'openai-responses': openAiList,
  gemini: (ids) => ({
    models: ids.map((id) => ({
      name: `models/${id}`,
      displayName: id,
      supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
    })),
  }),
};

function openAiList(ids: readonly string[]): object {
  return { object: 'list', data: ids.map((id) => ({ id, object: 'model', created: 0, owned_by: 'waystation' })) };
}

function isReachable({ accountId }: ApiKey, id: string): boolean {
  return accountId === undefined || accountId === id;
}

function mayUse(caller: Caller, model: string): boolean {
  if (caller.kind !== 'key') return true;
  const { models } = caller.key;
  return models.length === 0 || models.some((pattern) => matchesPattern(pattern, model));
}

function serves({ account, usualModels }: AccountView, model: string): boolean {
  const patterns = [...(account.models.length > 0 ? account.models : usualModels), ...Object.keys(account.modelMap)];
  return patterns.some((pattern) => matchesPattern(pattern, model));
}
