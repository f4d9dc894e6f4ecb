import { expect, test } from 'vitest';
import { filterQuery, readFilter, sessionQuery } from './read-filter.ts';

test('the address says what is asked for, and what it does not know is left out', () => {
  const search = new URLSearchParams('status=failed&account=acc_1&key=&since=12&before=x&text=opus&id=req_1');
  expect(readFilter(search)).toEqual({ status: 'failed', account: 'acc_1', since: 12 });
  expect(readFilter(new URLSearchParams('status=odd'))).toEqual({});
});

test('a filter is written without what is open, and always alike', () => {
  expect(filterQuery(new URLSearchParams('id=req_1&status=failed&text=a b'))).toBe('text=a+b&status=failed');
});

test('a session is looked for a day around its call', () => {
  const search = new URLSearchParams(sessionQuery({ session: 's & t', startedAt: 90_000_000 }));
  expect(readFilter(search)).toEqual({ session: 's & t', since: 3_600_000, before: 176_400_000 });
});
