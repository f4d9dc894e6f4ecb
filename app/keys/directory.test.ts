import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../domain/clock.ts';
import { openVault } from '../secrets/open.ts';
import { openStore } from '../store/open.ts';
import { SettingsRepository } from '../store/settings.ts';
import { KeyDirectory } from './directory.ts';
import { KeyRepository } from './repository.ts';
import { newSecret, prefixOf } from './secret.ts';

const nowMs = Date.now();

async function openKeys() {
  const folder = mkdtempSync(join(tmpdir(), 'waystation-test-'));
  const store = await openStore({ engine: 'sqlite', file: ':memory:' });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const settings = new SettingsRepository(store);
  const vault = await openVault({ backend: 'key-file', folder, markers: settings, warn: () => undefined });
  const repository = new KeyRepository(store, vault, settings, systemClock);
  const directory = await KeyDirectory.open(repository);
  return { store, repository, directory };
}

describe('the directory of keys', () => {
  test('knows a key as soon as it is created, by its whole secret only', async () => {
    const { repository, directory } = await openKeys();
    const { key, secret } = await repository.create({ name: 'laptop' });
    expect(directory.verify(secret, nowMs)).toEqual({ ok: true, key });
    expect(directory.get(key.id)).toEqual(key);
    const wrong = [
      '',
      'wsk_',
      secret.slice(0, -1),
      `${secret}A`,
      ` ${secret}`,
      secret.toLowerCase(),
      secret.slice(0, 20) + newSecret().slice(20),
    ];
    for (const guess of wrong) expect(directory.verify(guess, nowMs)).toEqual({ ok: false, reason: 'key-invalid' });
  });

  test('refuses every other text, however often it comes', async () => {
    const { repository, directory } = await openKeys();
    const { secret } = await repository.create({ name: 'laptop' });
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (guess) => {
        fc.pre(guess !== secret);
        expect(directory.verify(guess, nowMs).ok).toBe(false);
        expect(directory.verify(guess, nowMs).ok).toBe(false);
        expect(directory.verify(secret, nowMs).ok).toBe(true);
      }),
    );
  });

  test('says why a key of ours does not work, to the millisecond', async () => {
    const { repository, directory } = await openKeys();
    const expiresAt = nowMs + 60_000;
    const { key, secret } = await repository.create({ name: 'laptop', expiresAt });
    expect(directory.verify(secret, expiresAt - 1)).toEqual({ ok: true, key });
    expect(directory.verify(secret, expiresAt)).toEqual({ ok: false, reason: 'key-expired', key });
    expect(directory.verifyEnded(secret, expiresAt)).toEqual({ ok: true, key });
    const disabled = await repository.update(key.id, { isEnabled: false });
    expect(directory.verify(secret, nowMs)).toEqual({ ok: false, reason: 'key-disabled', key: disabled });
    const enabled = await repository.update(key.id, { isEnabled: true, expiresAt: null });
    expect(directory.verify(secret, expiresAt)).toEqual({ ok: true, key: enabled });
  });

  test('forgets a key as soon as it is removed, also one it has seen before', async () => {
    const { repository, directory } = await openKeys();
    const { key, secret } = await repository.create({ name: 'laptop' });
    expect(directory.verify(secret, nowMs).ok).toBe(true);
    await repository.remove(key.id);
    expect(directory.verify(secret, nowMs)).toMatchObject({ ok: false, reason: 'key-removed' });
    expect(directory.get(key.id)).toBeUndefined();
    await repository.removeForGood([key.id]);
    expect(directory.verify(secret, nowMs)).toEqual({ ok: false, reason: 'key-invalid' });
  });

  test('never asks the database to check a key, right or wrong', async () => {
    const { store, repository, directory } = await openKeys();
    const { secret } = await repository.create({ name: 'laptop' });
    await store.close();
    expect([directory.verify(secret, nowMs).ok, directory.verify(newSecret(), nowMs).ok]).toEqual([true, false]);
  });

  test('a reload that read before a change does not undo the change', async () => {
    const { repository, directory } = await openKeys();
    const kept = await repository.create({ name: 'kept' });
    const gone = await repository.create({ name: 'gone' });
    const list = repository.listHashed.bind(repository);
    let late: Awaited<ReturnType<KeyRepository['create']>> | undefined;
    vi.spyOn(repository, 'listHashed').mockImplementationOnce(async () => {
      const old = await list();
      await repository.remove(gone.key.id);
      late = await repository.create({ name: 'late' });
      return old;
    });
    await directory.reload();
    const secrets = [kept.secret, gone.secret, late?.secret ?? ''];
    const works = secrets.map((secret) => directory.verify(secret, nowMs).ok);
    expect(works).toEqual([true, false, true]);
  });
});

/** Microseconds per call, the median over many small blocks: what else the machine does falls out. */
function medianMicros(samples: readonly number[]): number {
  const sorted = samples.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const blocks = 2_500;
const callsInBlock = 20;
const maxRatio = 1.1;

/** Wrong secrets that begin like a real key against wrong secrets that begin like none: 100,000 checks, interleaved. */
function compare(check: (secret: string) => unknown, prefix: string) {
  const times = { like: [] as number[], unlike: [] as number[] };
  for (let block = 0; block < blocks * 2; block += 1) {
    const kind = block % 2 === 0 ? 'like' : 'unlike';
    const guesses = Array.from({ length: callsInBlock }, () => {
      const guess = newSecret();
      const start = kind === 'like' ? prefix : prefixOf(newSecret());
      // Through bytes, so that both kinds are the same kind of string for the engine.
      return Buffer.from(`wsk_${start}${guess.slice(12)}`).toString('latin1');
    });
    const startedAt = performance.now();
    for (const guess of guesses) check(guess);
    times[kind].push(((performance.now() - startedAt) * 1_000) / callsInBlock);
  }
  const [like, unlike] = [medianMicros(times.like), medianMicros(times.unlike)];
  return { differenceMicros: Math.abs(like - unlike), ratio: Math.max(like, unlike) / Math.min(like, unlike) };
}

describe('Q13 timing-key-check', () => {
  test('Q13 timing-key-check: a wrong key that begins like a right one takes as long as any other', async () => {
    const { repository, directory } = await openKeys();
    const { key } = await repository.create({ name: 'laptop' });
    for (let index = 0; index < 50; index += 1) await repository.create({ name: `other ${index}` });
    await repository.rotate((await repository.create({ name: 'rotated' })).key.id, 60_000);
    await repository.importAll([{ secret: `cr_${'0123456789abcdef'.repeat(4)}`, fields: { name: 'imported' } }]);
    const measure = () => compare((secret) => directory.verify(secret, nowMs), key.prefix);
    measure();
    // A real leak shows in every round; what a busy machine adds does not.
    let round = measure();
    for (let again = 0; again < 5 && round.ratio > maxRatio; again += 1) round = measure();
    expect(round.differenceMicros).toBeLessThan(1);
    expect(round.ratio).toBeLessThan(maxRatio);
  }, 60_000);

  test('the measurement finds a check that looks at the prefix first', async () => {
    const { repository, directory } = await openKeys();
    const { key } = await repository.create({ name: 'laptop' });
    const leaky = (secret: string) => prefixOf(secret) === key.prefix && directory.verify(secret, nowMs).ok;
    expect(compare(leaky, key.prefix).ratio).toBeGreaterThan(1.5);
  }, 60_000);
});

test('a check stays far below its limits: 50 µs for a known key, 1 ms for a wrong one', async () => {
  const { repository, directory } = await openKeys();
  const { secret } = await repository.create({ name: 'laptop' });
  const perCall = (check: () => unknown) =>
    medianMicros(
      Array.from({ length: 500 }, () => {
        const startedAt = performance.now();
        check();
        return (performance.now() - startedAt) * 1_000;
      }),
    );
  expect(perCall(() => directory.verify(secret, nowMs))).toBeLessThan(50);
  expect(perCall(() => directory.verify(newSecret(), nowMs))).toBeLessThan(1_000);
});
