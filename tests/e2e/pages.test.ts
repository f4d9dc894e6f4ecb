import { expect, test } from 'vitest';
import { AdminPage } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { refuses, says, thinking } from '../support/fake-anthropic/answers.ts';
import { suiteThatNeeds } from '../support/required.ts';

const paths = {
  ...{ home: '/', live: '/live', accounts: '/accounts', routing: '/routing', usage: '/usage' },
  ...{ connections: '/connections', members: '/team', keys: '/team?tab=keys', plans: '/team?tab=plans' },
  ...{ activity: '/team?tab=activity', sharing: '/team?tab=sharing' },
  ...{ settings: '/settings', security: '/settings?tab=security', data: '/settings?tab=data' },
  ...{ network: '/settings?tab=network', about: '/settings?tab=about' },
  ...{ budgets: '/usage?tab=budgets', prices: '/usage?tab=prices', reconcile: '/usage?tab=reconcile' },
  notifications: '/settings?tab=notifications',
  diagnostics: '/settings?tab=diagnostics',
} as const;
/** Every language meets both themes and both widths; pictures and axe, which take longest, only pairs of them. */
const languages = [
  ['English', 'en-GB', [true, false, true, false]],
  ['Japanese', 'ja', [false, true, false, true]],
  ['Chinese', 'zh-CN', [false, true, false, true]],
] as const;
const looks = [
  { theme: 'light', size: 'wide', width: 1440 },
  { theme: 'dark', size: 'wide', width: 1440 },
  { theme: 'dark', size: 'as small as a phone', width: 360 },
  { theme: 'light', size: 'as small as a phone', width: 360 },
] as const;

async function call(at: AdminPage, key: string, model = 'claude-sonnet-4-5'): Promise<void> {
  const response = await fetch(`${at.relay.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model, max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  await response.text();
}

/** Two accounts, two keys and some calls, one of which failed over. */
async function fill(at: AdminPage): Promise<string> {
  const { relay, upstream } = at;
  await relay.addAccount({ name: 'Console-team', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
  await relay.addAccount({
    name: 'Spare',
    baseUrl: upstream.url,
    secret: 'sk-ant-made-up',
    flags: ['--priority', '60'],
  });
  const { key } = await relay.createKey('laptop');
  await relay.createKey('build server');
  upstream.script([
    refuses(529),
    says([thinking('so'), { type: 'text', text: 'hello' }], { usage: { outputTokens: 900, cacheReadTokens: 21_000 } }),
    says('two', { usage: { outputTokens: 1_500 } }),
    says('three', { usage: { inputTokens: 12_000 } }),
    refuses(400),
  ]);
  for (const model of ['claude-sonnet-4-5', 'claude-opus-5-5', 'claude-haiku-4-5', 'claude-sonnet-4-5'])
    await call(at, key, model);
  return key;
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'the pages', () => {
  test.each(languages)('every page can be read and used by everybody: %s', async (name, language, isLookedAt) => {
    await using at = await AdminPage.start({ language });
    await fill(at);
    await at.signIn();
    for (const [page, path] of Object.entries(paths)) {
      await at.show(path);
      for (const [index, { theme, size, width }] of looks.entries()) {
        await at.look({ theme, width });
        const where = `${page}, ${theme}, ${size}`;
        expect(await at.isCutOff(), `${where} is wider than its window`).toBe(false);
        if (!isLookedAt[index]) continue;
        await at.picture(`${page} ${theme}, ${name}, ${size}`);
        expect(await at.barriers(), where).toEqual([]);
      }
    }
    expect(at.complaints).toEqual([]);
  });
});
