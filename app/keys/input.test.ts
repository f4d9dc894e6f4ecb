import { describe, expect, test } from 'vitest';
import { RelayError } from '../domain/errors.ts';
import { type NewKey, parseKeyPatch, parseNewKey } from './input.ts';

const nowMs = 1_000;
/** As it comes from outside: any JSON. */
const untyped = (json: string): NewKey => JSON.parse(json);

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof RelayError && error.kind === 'request-invalid') return error.message;
    throw error;
  }
  throw new Error('It was accepted');
}

describe('input for keys', () => {
  test('what is left out means no limit', () => {
    const none = { tags: [], models: [], deniedModels: [], services: [], clients: [], addresses: [], limits: [] };
    expect(parseNewKey({ name: ' laptop ' }, nowMs)).toEqual({ name: 'laptop', ...none });
  });

  test('a patch names only what changes; null takes a limit away', () => {
    expect(parseKeyPatch({ isEnabled: false, expiresAt: null })).toEqual({ isEnabled: false, expiresAt: null });
    expect(parseKeyPatch({ expiresAt: 1 })).toEqual({ expiresAt: 1 });
    expect(parseKeyPatch({ accountId: null })).toEqual({ accountId: null });
  });

  test.each([
    ['{}', 'name must be text'],
    ['{"name":"  "}', 'name must not be empty'],
    [`{"name":"${'x'.repeat(65)}"}`, 'name must have at most 64 characters'],
    ['{"name":"a","models":["claude-*",""]}', 'models.1 must not be empty'],
    ['{"name":"a","models":[7]}', 'models.0 must be text'],
    ['{"name":"a","services":["gopher"]}', 'services.0 must be one of: anthropic, openai, gemini, azure, bedrock'],
    ['{"name":"a","expiresAt":1000}', 'expiresAt must be in the future'],
    ['{"name":"a","expiresAt":"soon"}', 'expiresAt must be a time in whole milliseconds'],
    ['{"name":"a","expiresAt":1e300}', 'expiresAt must be a time in whole milliseconds'],
    ['{"name":"a","maxConcurrent":0}', 'maxConcurrent must be 1 or more; leave it out for no limit'],
    ['{"name":"a","accountId":""}', 'accountId must be the id of an account; leave it out for any'],
    ['{"name":"a","accountId":null}', 'accountId must be the id of an account'],
    ['{"name":"a","maxConcurrent":1.5}', 'maxConcurrent must be a whole number'],
  ])('%s is refused: %s', (json, problem) => {
    expect(refusal(() => parseNewKey(untyped(json), nowMs))).toBe(`The key was not saved: ${problem}.`);
  });

  test('every problem is named in one sentence', () => {
    expect(refusal(() => parseNewKey(untyped('{"name":"","maxConcurrent":0}'), nowMs))).toBe(
      'The key was not saved: name must not be empty; maxConcurrent must be 1 or more; leave it out for no limit.',
    );
  });

  test.each(['hash', 'prefix', 'id', 'createdAt', '__proto__'])('Q16 mass-assignment: %s cannot be set', (field) => {
    const expected = `The key was not saved: ${field} is not a field of a key.`;
    expect(refusal(() => parseNewKey(untyped(`{"name":"a","${field}":1}`), nowMs))).toBe(expected);
    expect(refusal(() => parseKeyPatch(untyped(`{"${field}":1}`)))).toBe(expected);
  });
});
