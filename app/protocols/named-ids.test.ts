import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findFileIds, findIds } from './named-ids.ts';

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

test('finds a field at any depth, once each, with any blanks around it', () => {
  const body = Buffer.from(
    '{"a":[{"file_id" :\n "file_1"},{"b":{"file_id":"file_2"}},{"file_id":"file_1"}],"file_id":null}',
  );
  expect(findIds(body, 'file_id')).toEqual(['file_1', 'file_2']);
});

test('finds each of a list', () => {
  expect(findIds(bytes({ file_ids: ['file-1', 'file-2'], other: ['file-3'] }), 'file_ids')).toEqual([
    'file-1',
    'file-2',
  ]);
});

test('a field inside a text is no field', () => {
  const text = JSON.stringify({ file_id: 'file_1' });
  expect(findIds(bytes({ content: text, deeper: JSON.stringify({ content: text }) }), 'file_id')).toEqual([]);
});

test('longer names, other values and half a body are left alone', () => {
  expect(findIds(bytes({ my_file_id: 'file_1', file_idx: 'file_2', file_id: { id: 'file_3' } }), 'file_id')).toEqual(
    [],
  );
  expect(findIds(Buffer.from('{"file_id":"file_'), 'file_id')).toEqual([]);
  expect(findIds(Buffer.from('"file_id"'), 'file_id')).toEqual([]);
});

test('only what vendors call their files is taken for one', () => {
  const body = bytes({
    tool: { file_id: 'report.pdf' },
    source: { file_id: 'file_011Made' },
    input: { file_id: 'file-Up' },
  });
  expect(findFileIds(body)).toEqual(['file_011Made', 'file-Up']);
  expect(findFileIds(bytes({ file_id: 'x' }))).toBeUndefined();
});

test('whatever stands around them, the ids of a body are found and nothing else is', () => {
  const id = fc.stringMatching(/^file_[a-z0-9]{1,8}$/);
  fc.assert(
    fc.property(fc.array(id, { maxLength: 5 }), fc.jsonValue(), (ids, noise) => {
      const body = bytes([noise, ids.map((file_id) => ({ source: { type: 'file', file_id }, noise }))]);
      const inNoise = findFileIds(bytes(noise)) ?? [];
      expect(new Set(findFileIds(body))).toEqual(new Set([...inNoise, ...ids]));
    }),
  );
});
