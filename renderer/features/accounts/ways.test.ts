import { expect, test } from 'vitest';
import { type ProviderKind, secretFormsOf, secretLine, wayOf } from './ways.ts';

const text = { type: 'string' };
const plain: ProviderKind = {
  ...{ id: 'anthropic', label: 'A', settings: { type: 'object', properties: { baseUrl: text } } },
  secret: { type: 'object', properties: { apiKey: text }, required: ['apiKey'] },
  ...{ signIn: null, canListModels: true, mayTellBalance: false },
};
const needsAddress = { ...plain.settings, required: ['baseUrl'] };
const cloudSecret = {
  oneOf: [
    { type: 'object', properties: { kind: { const: 'api-key' }, token: text }, required: ['kind', 'token'] },
    { type: 'object', properties: { kind: { const: 'default-chain' }, profile: text }, required: ['kind'] },
  ],
};

test.each<[string, Partial<ProviderKind>, string]>([
  ['a key', {}, 'key'],
  ['an address', { settings: needsAddress }, 'relay'],
  ['a cloud', { id: 'azure-openai', settings: needsAddress }, 'cloud'],
  ['a sign-in', { signIn: { hasSetupToken: false, canLink: true } }, 'sign-in'],
  ['nothing', { secret: null }, 'own'],
])('a kind of upstream that needs %s is offered there', (_, more, expected) => {
  expect(wayOf({ ...plain, ...more })).toBe(expected);
});

test('a credential of one field is that field, and one of several forms says which it is', () => {
  const [form] = secretFormsOf(plain);
  expect(form && secretLine(form, { apiKey: 'sk-made-up' })).toBe('sk-made-up');
  const forms = secretFormsOf({ ...plain, secret: cloudSecret });
  expect(forms.map(({ kind }) => kind)).toEqual(['api-key', 'default-chain']);
  const [key, chain] = forms;
  expect(key && secretLine(key, { token: 'abc' })).toBe('{"kind":"api-key","token":"abc"}');
  expect(chain && secretLine(chain, { profile: '' })).toBe('{"kind":"default-chain"}');
});

test('what a sign-in brings beside its token is not asked for', () => {
  const properties = { accessToken: text, scopes: { type: 'array' }, expiresAt: { type: 'number' } };
  const forms = secretFormsOf({ ...plain, secret: { type: 'object', properties, required: ['accessToken'] } });
  expect(forms.map(({ fields }) => fields.map(({ name }) => name))).toEqual([['accessToken']]);
});
