import { expect, test } from 'vitest';
import { codeAt, enrolAddress, secretText, stepOf } from './totp.ts';

const secret = Buffer.from('12345678901234567890');
const at = (seconds: number) => Math.floor(seconds / 30);

// RFC 6238, appendix B: the last six of the eight digits.
test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('at second %i the code is %s', (seconds, code) => {
  expect(codeAt(secret, at(seconds))).toBe(code);
});

test('a code counts a step early or late, and never again once it or a later one was used', () => {
  const now = 1_234_567_890_000;
  const step = at(now / 1_000);
  const of = (code: string, after = 0) => stepOf(secret, code, { now, after });
  expect([-1, 0, 1].map((away) => of(codeAt(secret, step + away)))).toEqual([step - 1, step, step + 1]);
  expect([-2, 2].map((away) => of(codeAt(secret, step + away)))).toEqual([undefined, undefined]);
  expect(of(codeAt(secret, step), step)).toBeUndefined();
  expect(of(codeAt(secret, step - 1), step)).toBeUndefined();
  expect(['', '00592', '0059244', '      ', '٠٠٥٩٢٤'].map((code) => of(code))).toEqual(Array(5).fill(undefined));
});

test('an authenticator app reads the secret in base 32', () => {
  expect(secretText(secret)).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  expect(secretText(Buffer.from('f'))).toBe('MY');
  expect(enrolAddress(secret, 'Ada & co')).toBe(
    'otpauth://totp/Waystation%3AAda%20%26%20co?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Waystation',
  );
});
