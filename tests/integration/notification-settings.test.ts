import { expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { noAmount } from '../../app/domain/alert.ts';
import { TestApp } from '../support/test-app.ts';

test('what was told lately is said in the language and the time zone that is asked for, and without one as data only', async () => {
  await using relay = await TestApp.start();
  const admin = overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
  const subject = { subjectId: 'a', subjectName: 'Max', resetsAt: Date.now() + 60_000 };
  await relay.app.parts.alerts.raise('one', { ...noAmount, ...subject, kind: 'account-limited' });
  const time = (timeZone: string) =>
    new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone }).format(
      subject.resetsAt,
    );
  const textIn = async (more: object) => (await admin.listAlerts({ limit: 5, ...more })).map(({ text }) => text);
  const zone = 'Asia/Kathmandu';
  expect(await textIn({ language: 'en', timeZone: zone })).toEqual([`Max is at its limit. Back ${time(zone)}.`]);
  expect(await textIn({ language: 'ja', timeZone: 'UTC' })).toEqual([
    `Max は上限に達しました。${time('UTC')} に復帰します。`,
  ]);
  expect(await textIn({})).toEqual([undefined]);
  await expect(textIn({ language: 'en', timeZone: 'Mars/Olympus' })).rejects.toThrow(/time zone such as/);
});

test('what is chosen holds at once and after a restart, is in the record, and nonsense is refused', async () => {
  await using relay = await TestApp.start();
  const adminOf = ({ port, app }: TestApp) => overHttp({ url: `http://127.0.0.1:${port}`, token: app.controlToken });
  const admin = adminOf(relay);
  const name = 'notifications';
  const before = await admin.showNotifications({});
  expect([before.types.limits, before.types['failed-over'], before.quiet]).toEqual([false, true, null]);
  const value = { types: { limits: true, 'failed-over': false }, quiet: { from: '22:00', to: '07:00' } };
  await admin.changeSetting({ name, value });
  const after = { ...before, types: { ...before.types, ...value.types }, quiet: value.quiet };
  expect(await admin.showNotifications({})).toEqual(after);
  expect(relay.app.parts.notifications.current).toEqual(value);
  for (const wrong of [
    { types: { nothing: true } },
    { quiet: { from: '25:00', to: '07:00' } },
    { quiet: { from: '07:00', to: '07:00' } },
    { quiet: { from: '22:00', to: '07:00', timeZone: 'Mars/Olympus' } },
  ])
    await expect(admin.changeSetting({ name, value: wrong })).rejects.toThrow();
  const { entries } = await admin.listAudit({ limit: 10 });
  expect(entries.filter(({ object }) => object === name)).toEqual([
    expect.objectContaining({ action: 'changeSetting', before: null, after: { value } }),
  ]);
  const restarted = await relay.restart();
  expect(await adminOf(restarted).showNotifications({})).toEqual(after);
  await adminOf(restarted).resetSetting({ name });
  expect(await adminOf(restarted).showNotifications({})).toEqual(before);
  await restarted[Symbol.asyncDispose]();
});
