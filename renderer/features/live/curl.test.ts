import { expect, test } from 'vitest';
import { toCurl } from './curl.ts';

const call = { url: 'http://127.0.0.1:8484', method: 'POST', path: '/v1/messages', protocol: 'anthropic', model: 'm' };

test('a call becomes a command that names a variable instead of a key', () => {
  expect(toCurl({ ...call, body: undefined })).toBe(
    [
      "curl -N -X POST 'http://127.0.0.1:8484/v1/messages' \\",
      '  -H "authorization: Bearer $WAYSTATION_KEY" \\',
      "  -H 'anthropic-version: 2023-06-01' \\",
      "  -H 'content-type: application/json' \\",
      '  -d \'{"model":"m","max_tokens":64,"messages":[{"role":"user","content":"Hello"}]}\'',
    ].join('\n'),
  );
});

test('what was sent cannot break out of its quotes', () => {
  expect(toCurl({ ...call, body: `{"text":"it's; $(rm -rf ~)"}` })).toContain(`-d '{"text":"it'\\''s; $(rm -rf ~)"}'`);
});

test('a question without a body is asked without one', () => {
  expect(toCurl({ ...call, method: 'GET', protocol: 'openai-chat', body: '' })).not.toContain('-d');
});
