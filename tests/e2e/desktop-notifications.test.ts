import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type * as Electron from 'electron';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Desktop, findChromium, launchOnDouble, newProfile, removeProfile } from '../support/electron/driver.ts';
import { refuses } from '../support/fake-anthropic/answers.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { addAccount, createKey, makeDataDir, runJson } from '../support/relay-process.ts';
import { suiteThatNeeds } from '../support/required.ts';

const patience = { timeout: 60_000 };

/** What the double was told to show. */
function bodies({ Notification }: typeof Electron): readonly string[] {
  const { shown } = Notification as unknown as { readonly shown: readonly { readonly body: string }[] };
  return shown.map(({ body }) => body);
}

async function callWith(page: Page, key: string): Promise<void> {
  const response = await fetch(`${new URL(page.url()).origin}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  expect(response.status).toBe(200);
  await response.text();
}

suiteThatNeeds(findChromium() ? undefined : 'no Chromium on the PATH', 'notifications of the desktop app', () => {
  let profile: string;
  let dataDir: string;
  let desktop: Desktop | undefined;
  beforeEach(async () => {
    [profile, dataDir] = [newProfile(), await makeDataDir()];
  });
  afterEach(async () => {
    desktop?.kill('SIGKILL');
    await desktop?.exit;
    removeProfile(profile);
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('a test is shown when asked for, that another account stepped in when it does, and what quiet hours held after them', async () => {
    await using broken = await FakeAnthropic.start();
    await using spare = await FakeAnthropic.start();
    const args = ['--data-dir', dataDir, '--port', '0', '--secrets', 'key-file'];
    desktop = await launchOnDouble({ profile, args });
    const page = await desktop.firstWindow();
    // New data leads there by itself, and away from anywhere else.
    await page.getByRole('heading', { name: 'Where do tokens come from?' }).waitFor(patience);
    await page.evaluate(() => {
      location.hash = '/settings?tab=notifications';
    });
    await page.getByText('This computer asks before it shows the first one.').waitFor(patience);
    await page.getByRole('button', { name: 'Show a test' }).click();
    await page.getByText('A notification was shown.').waitFor(patience);
    expect(await desktop.evaluate(bodies, undefined)).toEqual([
      'This is how Waystation tells you that something happened.',
    ]);
    await page.evaluate(async () => await Reflect.get(window, 'waystation').change({ notifications: 'on' }));

    const secret = 'sk-ant-made-up';
    await addAccount(dataDir, { name: 'main', baseUrl: broken.url, secret, flags: ['--priority', '1'] });
    await addAccount(dataDir, { name: 'spare', baseUrl: spare.url, secret, flags: ['--priority', '2'] });
    const { key } = await createKey(dataDir, 'test');
    broken.script([refuses(529)]);
    await callWith(page, key);
    const shown = async () => (await desktop?.evaluate(bodies, undefined))?.at(-1);
    await expect.poll(shown, patience).toBe('A request to main failed. spare served it instead.');

    // Quiet hours around this moment, wherever that is in the day.
    const clockAt = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    const quiet = { from: clockAt(-1), to: clockAt(1), timeZone: 'UTC' };
    await runJson(dataDir, ['settings', 'set', 'notifications', '--value', JSON.stringify({ quiet })]);
    const { key: small } = await createKey(dataDir, 'small', ['--limit', 'requests=1/day']);
    await callWith(page, small);
    const held = () => JSON.parse(readFileSync(join(dataDir, 'desktop.json'), 'utf8')).held;
    await expect.poll(held, patience).toMatchObject({ first: expect.any(Number) });
    expect(await shown()).toContain('A request to main failed.');
    await runJson(dataDir, ['settings', 'reset', 'notifications']);
    desktop.kill('SIGKILL');
    await desktop.exit;
    desktop = await launchOnDouble({ profile, args });
    await expect
      .poll(shown, patience)
      .toMatch(/^During quiet hours: member or key near its limit ×1\.\n\d\d:\d\d: The key small has used 100%/);
    expect(held()).toBeNull();
  });
});
