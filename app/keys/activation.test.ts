import { expect, test, vi } from 'vitest';
import { StoreBusy } from '../store/store.ts';
import { isDormant, KeyActivation } from './activation.ts';
import type { ApiKey } from './key.ts';

const key: ApiKey = {
  ...{ id: 'key_1', name: 'guest', prefix: 'abcdefgh', isImported: false, isEnabled: true, lifetimeMs: 60_000 },
  ...{ tags: [], models: [], deniedModels: [], services: [], clients: [], addresses: [], limits: [] },
  ...{ createdAt: 1, updatedAt: 1 },
};

test('calls at the same time share one write, and none goes on before it', async () => {
  const written = Promise.withResolvers<ApiKey>();
  const activate = vi.fn(() => written.promise);
  const activation = new KeyActivation({ activate });
  let gone = 0;
  const calls = Array.from({ length: 20 }, async (_, index) => {
    await activation.begin(key, 1_000 + index);
    gone += 1;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect([activate.mock.calls, gone]).toEqual([[['key_1', 1_000]], 0]);
  written.resolve({ ...key, activatedAt: 1_000 });
  await Promise.all(calls);
  expect(gone).toBe(20);
});

test('who finds out that another node began it long ago is refused, and so is who finds no key', async () => {
  const stored = [{ ...key, activatedAt: 1_000 }, undefined];
  const activation = new KeyActivation({ activate: async () => stored.shift() });
  await expect(activation.begin(key, 61_000)).rejects.toMatchObject({ kind: 'key-expired' });
  await expect(activation.begin(key, 61_000)).rejects.toMatchObject({ kind: 'key-invalid' });
});

test('while the database is busy nothing is served, and the next call tries again', async () => {
  const activate = vi.fn(async (): Promise<ApiKey | undefined> => ({ ...key, activatedAt: 5_000 }));
  activate.mockRejectedValueOnce(new StoreBusy(undefined));
  const activation = new KeyActivation({ activate });
  await expect(activation.begin(key, 5_000)).rejects.toMatchObject({ kind: 'overloaded', retryAfterMs: 2_000 });
  await expect(activation.begin(key, 5_000)).resolves.toBeUndefined();
});

test('only a key with a lifetime that has not begun waits for its first use', () => {
  const { lifetimeMs: _, ...without } = key;
  expect([key, { ...key, activatedAt: 1 }, without].map(isDormant)).toEqual([true, false, false]);
});
