import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import en from '../../renderer/i18n/en/live.json' with { type: 'json' };
import ja from '../../renderer/i18n/ja/live.json' with { type: 'json' };
import zhCN from '../../renderer/i18n/zh-CN/live.json' with { type: 'json' };
import { AdminPage, type Theme } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { refuses, says } from '../support/fake-anthropic/answers.ts';
import { suiteThatNeeds } from '../support/required.ts';

interface Case {
  readonly name: string;
  readonly language: string;
  readonly theme: Theme;
  readonly texts: (typeof en)['live'];
  readonly calls: Pick<(typeof en)['calls'], 'status'>;
}

const cases: readonly Case[] = [
  { name: 'English, light', language: 'en-GB', theme: 'light', texts: en.live, calls: en.calls },
  { name: 'Chinese, dark', language: 'zh-CN', theme: 'dark', texts: { ...en.live, ...zhCN.live }, calls: zhCN.calls },
  { name: 'Japanese, light', language: 'ja', theme: 'light', texts: { ...en.live, ...ja.live }, calls: ja.calls },
];

interface Ask {
  readonly key: string;
  readonly text: string;
  readonly session?: string;
  readonly model?: string;
}

async function ask(at: AdminPage, { key, text, session, model = 'claude-sonnet-4-5' }: Ask): Promise<void> {
  const response = await fetch(`${at.relay.url}/v1/messages`, {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
      ...(session && { 'x-claude-code-session-id': session }),
    },
    body: JSON.stringify({ model, max_tokens: 64, messages: [{ role: 'user', content: text }] }),
  });
  await response.text();
}

async function prepare({ language, theme }: Case): Promise<{ readonly at: AdminPage; readonly key: string }> {
  const at = await AdminPage.start({ language, theme });
  await at.relay.addAccount({ name: 'main', baseUrl: at.upstream.url, secret: 'sk-ant-made-up' });
  const { key } = await at.relay.createKey('laptop');
  return { at, key };
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'Live', () => {
  test.each(cases)('filters, keeps a filter, and shows the calls of one session: $name', async (one) => {
    const { at, key } = await prepare(one);
    await using _ = at;
    const { page, upstream } = at;
    const { texts } = one;
    upstream.script([says('a'), says('b'), says('c'), refuses(400)]);
    await ask(at, { key, text: 'a', session: 'session-one' });
    await ask(at, { key, text: 'b', session: 'session-one', model: 'claude-haiku-4-5' });
    await ask(at, { key, text: 'c', session: 'session-two' });
    await ask(at, { key, text: 'd', session: 'session-two' });
    await at.signIn();
    await at.show('/live');
    const rows = page.locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(4);

    await page.keyboard.press('/');
    await page.keyboard.type('haiku');
    await expect.poll(() => rows.count()).toBe(1);
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await page.getByLabel(one.calls.status, { exact: true }).selectOption('failed');
    await expect.poll(() => rows.count()).toBe(1);
    await page.getByRole('button', { name: texts.saveFilter }).click();
    await page.getByRole('textbox', { name: texts.filterName }).fill('trouble');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: texts.removeFilter }).waitFor();
    await page.getByLabel(one.calls.status, { exact: true }).selectOption('');
    await expect.poll(() => rows.count()).toBe(4);
    await page.reload();
    await page.getByLabel(texts.saved).selectOption('trouble');
    await expect.poll(() => rows.count()).toBe(1);
    await page.getByRole('button', { name: texts.removeFilter }).click();
    await page.getByLabel(one.calls.status, { exact: true }).selectOption('');

    await rows.filter({ hasText: 'haiku' }).click();
    await page.getByRole('button', { name: texts.openSession }).click();
    await page.getByRole('button', { name: texts.leaveSession }).waitFor();
    await expect.poll(() => rows.count()).toBe(2);
    await at.picture(`live session ${one.theme}, ${one.name}`);
    await page.getByRole('button', { name: texts.leaveSession }).click();
    await expect.poll(() => rows.count()).toBe(4);
    expect(at.complaints).toEqual([]);
  });

  test('a filter that is chosen while the page is still busy with another keeps what was typed', async () => {
    const { at, key } = await prepare(cases[0] as Case);
    await using _ = at;
    const { page, upstream } = at;
    upstream.script([says('a'), refuses(400)]);
    await ask(at, { key, text: 'a', model: 'claude-haiku-4-5' });
    await ask(at, { key, text: 'b' });
    await at.signIn();
    await at.show('/live');
    const rows = page.locator('tbody tr');
    await page.keyboard.press('/');
    await page.keyboard.type('haiku');
    await expect.poll(() => rows.count()).toBe(1);
    // Both in one go, as for a person who is quicker than the page.
    await page.getByLabel(en.calls.status, { exact: true }).evaluate((status: HTMLSelectElement) => {
      const typed = document.activeElement as HTMLInputElement;
      const set = (field: object, value: string) =>
        Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value')?.set?.call(field, value);
      set(typed, '');
      typed.dispatchEvent(new Event('input', { bubbles: true }));
      set(status, 'failed');
      status.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await expect.poll(() => page.evaluate(() => location.hash)).toBe('#/live?status=failed');
    await expect.poll(() => rows.count()).toBe(1);
  });

  test.each(cases)(
    'keeps what a call says while that is wanted, shows it redacted, and deletes all of it: $name',
    async (one) => {
      const { at, key } = await prepare(one);
      await using _ = at;
      const { page, upstream, relay } = at;
      const { texts } = one;
      upstream.script([says('<b>an answer</b> with sk-ant-CANARY-0123456789')]);
      await at.signIn();
      await at.show('/live');
      await page.getByRole('button', { name: texts.capture }).click();
      const dialog = page.getByRole('dialog', { name: texts.captureTitle });
      await dialog.getByText(texts.captureWarning).waitFor();
      expect(await at.barriers()).toEqual([]);
      await at.picture(`live capture ${one.theme}, ${one.name}`);
      await dialog.getByRole('button', { name: texts.startCapture }).click();
      await page.getByRole('button', { name: texts.stopCapture }).waitFor();

      await ask(at, { key, text: `PLAIN-WORDS of ann@mail.example, my key is ${key}`, session: 'session-one' });
      await page.locator('tbody tr').first().click();
      const pane = page.getByRole('dialog');
      await pane.getByRole('button', { name: texts.showBodies }).click();
      const sent = pane.getByRole('region', { name: texts.sent, exact: true });
      await sent.getByText('PLAIN-WORDS of [e-mail], my key is').waitFor();
      const answered = pane.getByRole('region', { name: texts.answered, exact: true });
      await answered.getByText('<b>an answer</b> with').waitFor();
      const shown = await pane.innerText();
      for (const secret of [key, 'CANARY', 'ann@mail.example', 'sk-ant-made-up']) expect(shown).not.toContain(secret);
      expect(shown).toContain('authorization: Bearer $WAYSTATION_KEY');
      await pane.getByRole('button', { name: texts.simulate }).click();
      await pane.getByRole('region', { name: texts.again }).getByRole('status').waitFor();
      expect(await at.barriers()).toEqual([]);
      await at.picture(`live captured ${one.theme}, ${one.name}`);
      await page.keyboard.press('Escape');

      expect(existsSync(join(relay.dataDir, 'captures'))).toBe(true);
      await page.getByRole('button', { name: texts.purge }).click();
      await page.getByRole('dialog').getByRole('button', { name: texts.purge }).click();
      await page.getByRole('status').filter({ hasText: /\b0\D/ }).waitFor();
      expect(existsSync(join(relay.dataDir, 'captures'))).toBe(false);
      await at.picture(`live purged ${one.theme}, ${one.name}`);
      await page.locator('tbody tr').first().click();
      await pane.getByRole('button', { name: texts.showBodies }).click();
      await pane.getByText(texts.notCaptured).waitFor();
      await page.keyboard.press('Escape');

      await at.look({ theme: one.theme, width: 360 });
      await page.getByRole('button', { name: texts.capture }).click();
      await at.picture(`live capture ${one.theme}, ${one.name}, narrow`);
      expect(await at.isCutOff()).toBe(false);
      expect(at.complaints).toEqual([]);
    },
  );

  test('what a call cost is told line by line, and the lines add up', async () => {
    await using at = await AdminPage.start({ theme: 'dark', width: 360 });
    const { page, relay, upstream } = at;
    await relay.addAccount({ name: 'main', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
    const { key } = await relay.createKey('laptop', ['--multiplier', '2']);
    const used = { inputTokens: 12_000, cacheReadTokens: 40_000, cacheWrite5mTokens: 2_000, cacheWrite1hTokens: 1_000 };
    upstream.script([says('a', { usage: { ...used, outputTokens: 1_500, webSearchRequests: 3 } })]);
    await ask(at, { key, text: 'a' });
    await at.signIn();
    await at.show('/live');
    await page.locator('tbody tr').first().click();
    const cost = page.getByRole('dialog').getByRole('region', { name: 'Cost' });
    await cost.getByText('Prices of claude-sonnet-4-5, from the table').waitFor();
    const rows = (await cost.locator('tr:has(td)').allInnerTexts()).map((row) => row.split(/[\t\n]+/));
    expect(rows).toEqual([
      ['Input', '$3.00 per million', '12,000', '$0.036'],
      ['Cache read', '$0.30 per million', '40,000', '$0.012'],
      ['Cache write, 5 min', '$3.75 per million', '2,000', '$0.0075'],
      ['Cache write, 1 h', '$6.00 per million', '1,000', '$0.006'],
      ['Output', '$15.00 per million', '1,500', '$0.0225'],
      ['Web searches', '$0.01 each', '3', '$0.03'],
      ['Total', '$0.114'],
      ['Billed to its key, × 2', '$0.228'],
    ]);
    expect(await at.isCutOff()).toBe(false);
    await at.picture('live cost dark, English, narrow');
    expect(at.complaints).toEqual([]);
  });
});
