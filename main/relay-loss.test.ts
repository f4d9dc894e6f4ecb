import { expect, test } from 'vitest';
import { RelayLoss } from './relay-loss.ts';

test('a relay that is gone is told once, at the second look, and again only after it was back', () => {
  const loss = new RelayLoss('http://127.0.0.1:8484');
  const looks = [false, false, true, false, true, false, false, false, true, false, false];
  const told = looks.map((isThere) => loss.looked(isThere, 5)?.subjectName);
  const address = '127.0.0.1:8484';
  const nothing = undefined;
  // Before it was seen at all it has not stopped.
  const first = [nothing, nothing, nothing, nothing, nothing, nothing, address];
  expect(told).toEqual([...first, nothing, nothing, nothing, address]);
});
