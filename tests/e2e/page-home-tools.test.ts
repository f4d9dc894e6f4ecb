import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AdminPage } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function call({ relay }: AdminPage, key: string): Promise<void> {
  const response = await fetch(`${relay.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  expect(response.status).toBe(200);
  await response.text();
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'connected tools on Home', () => {
  test('say when each was last seen, as soon as it calls', async () => {
    const home = temporaryFolder();
    for (const folder of ['bin', '.claude']) mkdirSync(join(home, folder));
    writeFileSync(join(home, 'bin', 'claude'), '#!/bin/sh\necho "2.1.330 (Claude Code)"\n', { mode: 0o755 });
    await using at = await AdminPage.start({ env: { HOME: home, PATH: `${join(home, 'bin')}:/usr/bin:/bin` } });
    const { page, relay, upstream } = at;
    await relay.addAccount({ name: 'main', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
    upstream.script([says('one'), says('two')]);
    await call(at, (await relay.createKey('other')).key);
    await at.signIn();
    const tools = page.getByRole('region', { name: 'Connected tools' });
    await tools.getByText('No tool of this computer comes here yet.').waitFor();

    await relay.json(['connect', 'claude-code', '--yes']);
    await tools.getByText('Claude Code').waitFor();
    await tools.getByText('Not seen yet').waitFor();
    const settings = readFileSync(join(home, '.claude', 'settings.json'), 'utf8');
    const [, key = ''] = /"ANTHROPIC_AUTH_TOKEN": "([^"]+)"/.exec(settings) ?? [];
    await call(at, key);
    await tools.getByText(/^Last seen \d\d:\d\d:\d\d$/).waitFor();
    await at.picture('home tools light, English, wide');
    await at.look({ theme: 'dark', width: 360 });
    await at.picture('home tools dark, English, 360');
    expect([await at.barriers(), await at.isCutOff()]).toEqual([[], false]);
    expect(at.complaints).toEqual([]);
  });
});
