import { expect, test } from 'vitest';
import { modelOfPath } from './named-model.ts';

const open = (text: string) => modelOfPath('my-gpt').open(Buffer.from(text)).body.toString();

test('the path counts, whether the body names a model, another one, a blank or none', () => {
  const rest = ' "messages" : [{"role":"user","content":"\\u00e4"}]';
  for (const before of ['', '"model":"",', '"model":"other",', '"model":null,']) {
    expect(open(`{${before}${rest}}`)).toBe(`{"model":"my-gpt",${rest}}`);
  }
  expect(open('{}')).toBe('{"model":"my-gpt"}');
});

test('a body that names it already stays the very same bytes', () => {
  const body = Buffer.from('{ "model" : "my-gpt" }');
  expect(modelOfPath('my-gpt').open(body).body).toBe(body);
});
