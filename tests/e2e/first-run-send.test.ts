import { expect, test } from 'vitest';
import { AdminPage } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { suiteThatNeeds } from '../support/required.ts';

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'a test that the first run sends', () => {
  test('says its cost before, and leaves a real call with a price in Live', async () => {
    await using at = await AdminPage.start({ isFirstRun: true });
    const { page, relay, upstream } = at;
    await relay.addAccount({ name: 'main', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
    await at.signIn('/welcome?step=try');
    const cost = /It asks claude-haiku-4-5 one word through this relay, for (\$0\.000\d+) at the most/;
    await page.getByText(cost).waitFor();
    await at.picture('first run send light, English, wide');
    expect(await relay.usage()).toEqual([]);
    upstream.script([says('hello')]);
    await page.getByRole('button', { name: 'Send a test for me' }).click();
    await page.getByText('Working.').waitFor();
    const way = page.getByRole('list').filter({ hasText: 'First byte' });
    await way.getByText('Test call', { exact: true }).waitFor();
    await at.picture('first run sent light, English, wide');
    const [row] = await relay.usage();
    expect(row?.costNanoUsd).toBeGreaterThan(0);

    await at.show('/live');
    const shown = page.getByRole('row').filter({ hasText: 'claude-haiku-4-5' });
    await shown
      .getByText(/\$0\.000\d+/)
      .first()
      .waitFor();
    expect(at.complaints).toEqual([]);
  });
});
