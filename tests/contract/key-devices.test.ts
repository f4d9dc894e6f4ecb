import { expect, test } from 'vitest';
import { maxDevices, readDevices } from '../../app/keys/devices.ts';
import { KeyUses } from '../../app/keys/uses.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { onEachStore } from '../support/each-store.ts';

await onEachStore('the devices of keys', (open) => {
  test('each address is kept once with its latest use, a few of a key, and the oldest make room', async () => {
    const { store, remove } = await open();
    const clock = manualClock();
    const uses = new KeyUses(store, clock, (message) => expect.fail(message));
    const note = (keyId: string, last: number, at: number) =>
      uses.note(keyId, { at, address: `10.0.0.${last}`, userAgent: `tool/${last}` });
    note('laptop', 1, 1);
    note('laptop', 2, 2);
    note('laptop', 1, 3);
    note('phone', 2, 4);
    const shown = [
      { keyId: 'phone', address: '10.0.0.2', userAgent: 'tool/2', at: 4 },
      { keyId: 'laptop', address: '10.0.0.1', userAgent: 'tool/1', at: 3 },
      { keyId: 'laptop', address: '10.0.0.2', userAgent: 'tool/2', at: 2 },
    ];
    expect(await uses.devices()).toEqual(shown);
    expect(await readDevices(store)).toEqual([]);
    clock.advance(60_000);
    await expect.poll(() => readDevices(store)).toEqual(shown);
    for (let last = 10; last < 10 + maxDevices; last += 1) note('laptop', last, last);
    await uses.close();
    const laptop = (await readDevices(store)).filter(({ keyId }) => keyId === 'laptop').map(({ at }) => at);
    expect(laptop).toEqual(Array.from({ length: maxDevices }, (_, index) => 9 + maxDevices - index));
    const rows = await store.db.selectFrom('key_devices').select('address').where('key_id', '=', 'laptop').execute();
    expect(rows).toHaveLength(maxDevices);
    // Another node that saw it earlier changes nothing.
    const other = new KeyUses(store, clock, () => undefined);
    other.note('phone', { at: 1, address: '10.0.0.2', userAgent: 'old' });
    await other.close();
    expect((await readDevices(store)).find(({ keyId }) => keyId === 'phone')).toEqual(shown[0]);
    await store.close();
    await remove();
  });
});
