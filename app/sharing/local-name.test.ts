import { expect, test } from 'vitest';
import { manualClock } from '../state/__fixtures__/manual-clock.ts';
import { LocalName } from './local-name.ts';

// What others hear of it is tried from other hosts: `tests/integration/local-name.test.ts`.

test('a name for an address that nothing can be said through is a problem, until another is chosen', async () => {
  const warnings: string[] = [];
  const name = new LocalName({ clock: manualClock(), warn: (message) => warnings.push(message) });
  await name.use('my-relay', ['2001:db8::1']);
  expect(name.problem).toBe('my-relay.local cannot be announced: 2001:db8::1 is on no network with IPv4.');
  expect(warnings).toEqual([name.problem]);
  await name.stop();
  expect(name.problem).toBeUndefined();
});
