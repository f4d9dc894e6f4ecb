import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { noAmount } from '../../app/domain/alert.ts';
import { type ManualClock, manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { eventually, TestApp } from '../support/test-app.ts';

type Body = { readonly text: string; readonly kind: string; readonly counts?: object; readonly newest?: unknown[] };

/** A program that is told, and takes everything. */
async function receiver() {
  const taken: Body[] = [];
  const server = createServer(async (request, response) => {
    taken.push((await json(request)) as Body);
    response.end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ taken, url: `http://127.0.0.1:${port}` },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function startAt(moment: string, url: string) {
  const clock = manualClock(Date.parse(moment));
  const relay = await TestApp.start({ ports: { clock } });
  const admin = overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
  const quiet = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
  await admin.changeSetting({ name: 'notifications', value: { quiet } });
  const types = ['failed-over', 'needs-sign-in', 'all-unavailable'] as const;
  const webhook = { name: 'ops', kind: 'generic', allowLocal: true, url } as const;
  const { id } = await admin.createWebhook({ ...webhook, types: [...types] });
  return { relay, clock, admin, id };
}

let number = 0;
async function happens({ app }: TestApp, kind: 'failed-over' | 'account-needs-sign-in' | 'accounts-unavailable') {
  number += 1;
  const subject = { subjectId: 'a', subjectName: `Max ${number}`, otherName: 'Console' };
  await app.parts.alerts.raise(`test ${number}`, { ...noAmount, ...subject, kind, used: 1 });
}

const goTo = (clock: ManualClock, moment: string) => clock.advance(Date.parse(moment) - clock.now());

const held = async ({ app }: TestApp) => await app.parts.store.db.selectFrom('webhooks').select('held_last').execute();

test.each([
  ['a night', '2026-06-01T23:00:00+02:00', '2026-06-02T06:59:00+02:00', '2026-06-02T07:00:00+02:00'],
  [
    'the night that is an hour short',
    '2026-03-28T23:00:00+01:00',
    '2026-03-29T06:59:00+02:00',
    '2026-03-29T07:00:00+02:00',
  ],
  [
    'the night that is an hour long',
    '2026-10-24T23:00:00+02:00',
    '2026-10-25T06:59:00+01:00',
    '2026-10-25T07:00:00+01:00',
  ],
])(
  '%s: what may wait is told in one message in the morning, and what may not at once',
  async (_, late, early, morning) => {
    await using program = await receiver();
    const { relay, clock } = await startAt(late, program.url);
    await using _relay = relay;
    for (let count = 0; count < 3; count += 1) await happens(relay, 'failed-over');
    await happens(relay, 'account-needs-sign-in');
    await happens(relay, 'accounts-unavailable');
    await eventually(async () => program.taken.length === 1);
    expect(program.taken[0]?.kind).toBe('accounts-unavailable');
    goTo(clock, early);
    await happens(relay, 'failed-over');
    await eventually(async () => (await held(relay))[0]?.held_last === 6);
    goTo(clock, morning);
    await eventually(async () => {
      clock.advance(15_000);
      return program.taken.length === 2;
    });
    const summary = program.taken[1];
    expect(summary).toMatchObject({ kind: 'held', counts: { 'failed-over': 4, 'needs-sign-in': 1 } });
    expect(summary?.newest).toHaveLength(3);
    expect(summary?.text).toMatch(
      /^Waystation: During quiet hours: account stepped in ×4 and account needs you ×1\.\n\d\d:59: A request to Max \d+ failed/,
    );
    // From now on as in the day.
    await happens(relay, 'failed-over');
    await eventually(async () => program.taken.length === 3);
    expect(program.taken[2]?.kind).toBe('failed-over');
  },
);

test('what is held is told after a restart too, once, and nothing of it where the webhook is off', async () => {
  await using program = await receiver();
  const { relay, clock, admin, id } = await startAt('2026-06-01T23:00:00+02:00', program.url);
  await using _relay = relay;
  const other = await admin.createWebhook({
    ...{ name: 'off', kind: 'generic', types: ['failed-over'], allowLocal: true, url: program.url },
  });
  await happens(relay, 'failed-over');
  await eventually(async () => (await held(relay)).every(({ held_last: last }) => last === 1));
  await admin.updateWebhook({ id: other.id, isEnabled: false });
  clock.jump(9 * 3_600_000);
  await using restarted = await relay.restart();
  await eventually(async () => program.taken.length === 1);
  expect(program.taken[0]).toMatchObject({ kind: 'held', counts: { 'failed-over': 1 } });
  await eventually(async () => (await held(restarted)).every(({ held_last: last }) => last === null));
  const { webhooks } = restarted.app.parts;
  await webhooks.claim(id, 5, { isHeld: true });
  await webhooks.claim(id, 7, { isHeld: true });
  expect(await webhooks.findHeld(id)).toEqual({ first: 5, last: 7 });
  // Somebody who does not know of the newest, and two nodes at once.
  expect(await webhooks.takeHeld(id, { first: 5, last: 5 })).toBe(false);
  const both = await Promise.all([5, 5].map((first) => webhooks.takeHeld(id, { first, last: 7 })));
  expect(both.filter(Boolean)).toHaveLength(1);
});
