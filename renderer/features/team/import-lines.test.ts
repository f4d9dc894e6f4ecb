import { expect, test } from 'vitest';
import { readKeyLines } from './import-lines.ts';

test('a line is a secret, or a name and a secret; comments and headings are left out', () => {
  expect(readKeyLines('name,secret\n# old ones\ncr_one\r\n"Ada, laptop", cr_two\n\n', 'imported')).toEqual([
    { name: 'imported-1', secret: 'cr_one' },
    { name: 'Ada, laptop', secret: 'cr_two' },
  ]);
});
