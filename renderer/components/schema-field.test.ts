import { expect, test } from 'vitest';
import { fieldsOf, typedValue } from './schema-field.ts';

const schema = {
  type: 'object',
  properties: {
    allowPassword: { default: false, type: 'boolean' },
    lockMinutes: { default: null, anyOf: [{ type: 'integer', minimum: 1, maximum: 720 }, { type: 'null' }] },
    url: { type: 'string' },
    multiplier: { type: 'number', minimum: 0.01 },
  },
  required: ['url'],
};

test('a flat object becomes one field for each property', () => {
  expect(fieldsOf(schema)).toMatchObject([
    { name: 'allowPassword', kind: 'switch', isRequired: false, fallback: false },
    { name: 'lockMinutes', kind: 'number', isWhole: true, isNullable: true, minimum: 1, maximum: 720, fallback: null },
    { name: 'url', kind: 'text', isRequired: true, isNullable: false, fallback: undefined },
    { name: 'multiplier', kind: 'number', isWhole: false, minimum: 0.01 },
  ]);
});

test.each([
  ['a list', { type: 'array', items: { type: 'string' } }],
  ['an object inside', { type: 'object', properties: { inner: { type: 'object', properties: {} } } }],
  [
    'a choice of two kinds',
    { type: 'object', properties: { inner: { anyOf: [{ type: 'string' }, { type: 'number' }] } } },
  ],
  ['no schema at all', {}],
])('%s is no flat form', (_, given) => {
  expect(fieldsOf(given)).toBeUndefined();
});

test('what is left empty is null where that means something, and not said elsewhere', () => {
  const fields = fieldsOf(schema) ?? [];
  expect(typedValue(fields, { allowPassword: true, lockMinutes: '', url: '' })).toEqual({
    allowPassword: true,
    lockMinutes: null,
  });
  expect(typedValue(fields, { allowPassword: false, lockMinutes: '15', url: 'https://a' })).toEqual({
    allowPassword: false,
    lockMinutes: 15,
    url: 'https://a',
  });
});
