import { describe, expect, test } from 'vitest';
import { anthropic } from '../providers/anthropic/index.ts';
import { openai } from '../providers/openai/index.ts';
import { openaiCompatible } from '../providers/openai-compatible/index.ts';
import type { Provider } from '../providers/provider.ts';
import type { Account } from './account.ts';
import { noCare } from './care.ts';
import { Entry } from './entry.ts';
import { newHealth } from './health.ts';

/** Accounts of one pool, each with the names that its upstream lists. */
function pool(
  accounts: readonly { provider: Provider; listed?: readonly string[]; fields?: Partial<Account> }[],
): Entry[] {
  const entries: Entry[] = [];
  for (const { provider, listed, fields } of accounts) {
    const account: Account = {
      ...{ id: `acc_${entries.length}`, name: 'made up', provider: provider.id, settings: {} },
      ...{ hasSecret: true, hasProxy: false, allowLocalUpstream: false, priority: 50, weight: 1, isEnabled: true },
      ...{ models: [], modelMap: {}, createdAt: 1, updatedAt: 1 },
      ...{ secretRevision: 0, signIn: undefined, termsAcceptedAt: undefined, isShared: false, care: noCare, ...fields },
    };
    const isClaimed = (model: string) => entries.some((entry) => entry.account.isEnabled && entry.claims(model));
    const entry = new Entry(account, { provider, health: newHealth(1), isClaimed });
    if (listed) entry.adoptListing({ models: listed.map((id) => ({ id })), fetchedAt: 1 });
    entries.push(entry);
  }
  return entries;
}

const ask = (entries: readonly Entry[], model: string) => entries.map((entry) => entry.upstreamModel(model, 'chat'));

describe('which account has a model', () => {
  test('an account alone is asked for anything in its own protocol: its upstream knows best', () => {
    expect(ask(pool([{ provider: openai }]), 'brand-new')).toEqual(['brand-new']);
    expect(ask(pool([{ provider: openaiCompatible, listed: ['llama-9'] }]), 'brand-new')).toEqual(['brand-new']);
  });

  test('what another is known to have is not asked of one that is known for something else', () => {
    const entries = pool([{ provider: openai }, { provider: anthropic }]);
    expect(ask(entries, 'claude-opus-5-5')).toEqual([undefined, 'claude-opus-5-5']);
    expect(ask(entries, 'gpt-6')).toEqual(['gpt-6', undefined]);
    expect(ask(entries, 'neither')).toEqual(['neither', undefined]);
  });

  test('anybody’s address may have it all the same, until it has told its models', () => {
    const other = { provider: anthropic };
    expect(ask(pool([{ provider: openaiCompatible }, other]), 'claude-opus-5-5')).toEqual([
      'claude-opus-5-5',
      'claude-opus-5-5',
    ]);
    expect(ask(pool([{ provider: openaiCompatible, listed: ['llama-9'] }, other]), 'claude-opus-5-5')).toEqual([
      undefined,
      'claude-opus-5-5',
    ]);
  });

  test('a list covers other spellings of its names, and what goes upstream is what was asked for', () => {
    const entries = pool([
      { provider: openaiCompatible, listed: ['claude-haiku-4-5-20251001'] },
      { provider: openaiCompatible, listed: ['llama-9'] },
    ]);
    expect(ask(entries, 'claude-haiku-4-5')).toEqual(['claude-haiku-4-5', undefined]);
    expect(ask(entries, 'LLAMA-9')).toEqual([undefined, 'LLAMA-9']);
  });

  test('what its owner named goes before what its upstream lists', () => {
    const fields = { models: ['qwen-*'], modelMap: { small: 'qwen-1' } };
    const entries = pool([{ provider: openaiCompatible, listed: ['llama-9'], fields }]);
    const [entry] = entries;
    expect(ask(entries, 'llama-9')).toEqual([undefined]);
    expect(entry?.upstreamModel('small', 'chat')).toBe('qwen-1');
    expect([entry?.claims('qwen-7'), entry?.claims('llama-9')]).toEqual([true, false]);
  });

  test('a paused account’s models are no reason to leave others unasked', () => {
    const entries = pool([{ provider: openai }, { provider: anthropic, fields: { isEnabled: false } }]);
    expect(ask(entries, 'claude-opus-5-5')[0]).toBe('claude-opus-5-5');
  });

  test('Google’s way to write a name means nothing to upstreams of other protocols', () => {
    const [entry] = pool([{ provider: anthropic, fields: { models: ['gemini-*'] } }]);
    expect(entry?.upstreamModel('models/gemini-3', 'chat')).toBe('gemini-3');
  });
});
