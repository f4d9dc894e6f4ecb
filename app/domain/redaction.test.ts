import { expect, test } from 'vitest';
import { redact, redactPersonal } from './redaction.ts';

test.each([
  ['x sk-ant-api03-abcdefghijk y', 'x sk-[redacted] y'],
  ['AKIAIOSFODNN7EXAMPLE', '[redacted]'],
  ['ghp_abcdefghijklmnop', '[redacted]'],
  ['-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----!', '[redacted]!'],
  ['{"api_key":"abcd1234"}', '{"api_key":"[redacted]"}'],
  ['{"text":"{\\"password\\": \\"hunter22\\"}"}', '{"text":"{\\"password\\": \\"[redacted]\\"}"}'],
  ['{"max_tokens":1024}', '{"max_tokens":1024}'],
])('what looks like a credential is taken out of %j', (text, expected) => {
  expect(redact(text)).toBe(expected);
});

test('an e-mail address is taken out where it tells who somebody is', () => {
  const text = '{"metadata":{"user_id":"some.one+x@mail.example.org"},"text":"a @ b"}';
  expect(redactPersonal(text)).toBe('{"metadata":{"user_id":"[e-mail]"},"text":"a @ b"}');
});

test('a megabyte without anything to take out is read in a moment', () => {
  const text = `${'eyJ'.repeat(100_000)}${'a.'.repeat(200_000)}${'x@'.repeat(100_000)}`;
  const began = performance.now();
  redactPersonal(text);
  expect(performance.now() - began).toBeLessThan(1_000);
});
