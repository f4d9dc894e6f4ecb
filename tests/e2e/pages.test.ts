import { expect, test } from 'vitest';
import { AdminPage, type AdminPageOptions, chromiumPath } from '../support/admin-page.ts';
import { refuses, says, thinking } from '../support/fake-anthropic/answers.ts';
import { suiteThatNeeds } from '../support/required.ts';

const paths = { home: '/', live: '/live', accounts: '/accounts', keys: '/keys', usage: '/usage' } as const;
const looks: readonly (readonly [string, AdminPageOptions])[] = [
  ['light, English, wide', {}],
  ['dark, Japanese, wide', { theme: 'dark', language: 'ja' }],
  ['light, Chinese, as small as a phone', { language: 'zh-CN', width: 360 }],
  ['dark, English, as small as a phone', { theme: 'dark', width: 360 }],
];

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
  test.each(looks)('every page can be read and used by everybody: %s', async (name, look) => {
    await using at = await AdminPage.start(look);
    await fill(at);
    await at.signIn();
    for (const [page, path] of Object.entries(paths)) {
      await at.go(path);
      await at.page.locator('main :is(h1, h2)').first().waitFor();
      await expect.poll(() => at.page.locator('main [role="status"]').count()).toBe(0);
      await at.picture(`${page} ${name}`);
      expect(await at.barriers(), page).toEqual([]);
      expect(await at.isCutOff(), `${page} is wider than its window`).toBe(false);
    }
    expect(at.complaints).toEqual([]);
  });
});
