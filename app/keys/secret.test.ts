import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hashSecret, isOfOurs, newSecret, prefixOf } from './secret.ts';

const pepper = () => createSecretKey(randomBytes(32));

describe('secrets of keys', () => {
  test('are our fixed start and 256 random bits, and never come twice', () => {
    const secrets = Array.from({ length: 1_000 }, newSecret);
    expect(new Set(secrets).size).toBe(1_000);
    for (const secret of secrets) expect(secret).toMatch(/^wsk_[\w-]{43}$/);
  });

  test('are recognised by the 8 characters after the start', () => {
    expect(prefixOf('wsk_abcdefghijklmnop')).toBe('abcdefgh');
  });

  test('are told from upstream credentials by their start', () => {
    expect([newSecret(), 'wsk_wrong', 'sk-ant-api03-x', '', 'WSK_x'].map(isOfOurs)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  test('hash to something that depends on all of them and on the pepper', () => {
    const [one, other, secret] = [pepper(), pepper(), newSecret()];
    expect(hashSecret(one, secret)).toMatch(/^[0-9a-f]{64}$/);
    expect(hashSecret(one, secret)).toBe(hashSecret(one, secret));
    expect(hashSecret(one, secret)).not.toBe(hashSecret(other, secret));
    expect(hashSecret(one, secret)).not.toBe(hashSecret(one, `${secret} `));
  });
});
