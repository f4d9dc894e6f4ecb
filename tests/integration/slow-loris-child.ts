import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { RawConnection } from '../support/raw-http.ts';

/**
 * Opens connections that send their beginning at once, and then a byte now and then for as long as they are let: the
 * argument says which. Tells when it begins, and how each of them ended.
 */
const orders = z.object({ port: z.int(), heads: z.array(z.string()), count: z.int(), everyMs: z.int() });
const { port, heads, count, everyMs } = orders.parse(JSON.parse(process.argv[2] ?? ''));

async function drip(head: string): Promise<object> {
  const connection = await RawConnection.open(port);
  const began = performance.now();
  let isOver = false;
  const closed = connection.closed.then(() => {
    isOver = true;
  });
  const answered = connection.reply().then(
    ({ status }) => status,
    () => undefined,
  );
  await connection.send(head);
  while (!isOver) {
    await Promise.race([closed, pause(everyMs)]);
    void connection.send('a');
  }
  const ms = performance.now() - began;
  connection.close();
  return { ms, status: await answered };
}

process.send?.('begun');
const drips: Promise<object>[] = [];
while (drips.length < heads.length * count) {
  drips.push(...heads.map(drip));
  // They come over a second, not in one packet.
  if (drips.length % 20 === 0) await pause(20);
}
process.send?.(await Promise.all(drips));
process.disconnect();
