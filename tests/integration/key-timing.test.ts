import { expect, test } from 'vitest';
import { KeyDirectory } from '../../app/keys/directory.ts';
import { newSecret, prefixOf, secretStart } from '../../app/keys/secret.ts';
import { TestApp } from '../support/test-app.ts';

const samples = 100_000;

test('Q13 timing-key-check: a wrong secret takes the same time whether it begins like a key or not', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const directory = await KeyDirectory.open(relay.app.parts.keyRepository);
  const prefix = prefixOf(relay.secret);
  const kinds: readonly (() => string)[] = [
    newSecret,
    // What people are shown of it.
    () => secretStart + prefix + newSecret().slice(secretStart.length + prefix.length),
    // All of it but the last two characters.
    () => relay.secret.slice(0, -2) + newSecret().slice(-2),
  ];
  const times = kinds.map(() => new Float64Array(samples));
  const now = Date.now();
  for (let sample = 0; sample < samples; sample += 1) {
    for (let kind = 0; kind < kinds.length; kind += 1) {
      // Each kind goes first as often as the others.
      const index = (kind + sample) % kinds.length;
      const secret = kinds[index]?.() ?? '';
      const startedAt = performance.now();
      directory.verify(secret, now);
      const took = performance.now() - startedAt;
      const own = times[index];
      if (own) own[sample] = took;
    }
  }
  const medians = times.map((own) => own.sort()[samples / 2] ?? 0);
  const apartUs = (Math.max(...medians) - Math.min(...medians)) * 1_000;
  expect(medians[0]).toBeGreaterThan(0);
  expect(apartUs).toBeLessThan(1);
});
