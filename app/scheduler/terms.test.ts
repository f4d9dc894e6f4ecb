import { describe, expect, test } from 'vitest';
import { snapshotOf, start, viewOf } from './__fixtures__/views.ts';
import { choose } from './choose.ts';
import type { Ask, SkipReason } from './plan.ts';

const genuine: Ask = {
  route: 'messages',
  model: 'claude-sonnet-4-5',
  bringsCredential: false,
  client: 'claude-code',
  isFromHere: true,
};

function subscription(id: string, account: Parameters<typeof viewOf>[1] & {} = {}) {
  const accepted = { termsAcceptedAt: start, ...account.account };
  return viewOf(id, { isSubscription: true, onlyClient: 'claude-code', ...account, account: accepted });
}

function skipped(view: ReturnType<typeof viewOf>, ask: Partial<Ask> = {}): SkipReason | undefined {
  return choose(snapshotOf([view]), { ...genuine, ...ask }).explanation.verdicts[0]?.skipped;
}

describe('a subscription', () => {
  test('serves its own client on this computer', () => {
    expect(skipped(subscription('max'))).toBeUndefined();
  });

  test('serves nobody until its terms are accepted', () => {
    expect(skipped(subscription('max', { account: { termsAcceptedAt: undefined } }))).toBe('terms-not-accepted');
  });

  test('serves no other client', () => {
    for (const client of [undefined, 'codex', 'gemini-cli'] as const) {
      expect(skipped(subscription('max'), { client })).toBe('client-not-served');
    }
    expect(
      skipped(viewOf('open', { isSubscription: true, account: { termsAcceptedAt: start } }), { client: undefined }),
    ).toBeUndefined();
  });

  test('serves other computers only by its owner’s second word', () => {
    for (const isFromHere of [false, undefined]) {
      expect(skipped(subscription('max'), { isFromHere })).toBe('this-computer-only');
      expect(skipped(subscription('max', { account: { isShared: true } }), { isFromHere })).toBeUndefined();
    }
  });

  test('steps aside for an account that may serve', () => {
    const plan = choose(snapshotOf([subscription('max'), viewOf('key')]), { ...genuine, client: undefined });
    expect(plan.candidates.map(({ account }) => account.id)).toEqual(['key']);
  });

  test('is not blamed for a model that it does not have', () => {
    const view = subscription('max', { account: { models: ['claude-opus-*'] } });
    expect(skipped(view, { client: undefined })).toBe('model-not-supported');
  });
});

test('other accounts have no terms', () => {
  expect(skipped(viewOf('key'), { client: undefined, isFromHere: false })).toBeUndefined();
});
