import fc from 'fast-check';
import { AndFilter, EqualityFilter, FilterParser, OrFilter } from 'ldapts';
import { expect, test } from 'vitest';
import { filled } from './ldap-filter.ts';

const template = '(&(objectClass=person)(|(uid={name})(mail={name})))';
const nasty = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom('*', '(', ')', '\\', '\0', '|', '&', '=', '!', '{name}', '{dn}', '$&', 'a', '2', ' '),
  }),
);

test('whatever somebody types stays one value of the filter that the owner wrote', async () => {
  await fc.assert(
    fc.asyncProperty(
      nasty.filter((text) => text !== '' && text.isWellFormed()),
      async (name) => {
        const parsed = FilterParser.parseString(await filled(template, { name }));
        expect(parsed).toBeInstanceOf(AndFilter);
        const [kind, or] = (parsed as AndFilter).filters;
        expect(kind).toMatchObject({ attribute: 'objectClass', value: 'person' });
        expect(or).toBeInstanceOf(OrFilter);
        const parts = (or as OrFilter).filters;
        expect(parts.map((part) => part instanceof EqualityFilter)).toEqual([true, true]);
        const values = parts.map((part) => part instanceof EqualityFilter && [part.attribute, String(part.value)]);
        expect(values).toEqual([
          ['uid', name],
          ['mail', name],
        ]);
      },
    ),
    { numRuns: 500 },
  );
});

test('a name that looks like a DN is put in as a value too', async () => {
  await fc.assert(
    fc.asyncProperty(
      nasty.filter((text) => text !== '' && text.isWellFormed()),
      async (text) => {
        const dn = `cn=${text},dc=example`;
        const parsed = FilterParser.parseString(await filled('(member={dn})', { dn, name: 'x' }));
        expect(parsed).toBeInstanceOf(EqualityFilter);
        expect(String((parsed as EqualityFilter).value)).toBe(dn);
      },
    ),
  );
});

test('names that a filter does not know stay as they are', async () => {
  expect(await filled('(a={other})(b={constructor})', { name: 'x' })).toBe('(a={other})(b={constructor})');
});
