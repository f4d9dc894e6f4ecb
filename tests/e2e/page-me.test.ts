import { expect, test } from 'vitest';
import * as z from 'zod';
import { codeAt } from '../../app/people/totp.ts';
import { AdminPage } from '../support/admin-page.ts';
import { fromBase32 } from '../support/base32.ts';
import { chromiumPath } from '../support/browser.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { OidcIssuer, oidcClient } from '../support/oidc-issuer.ts';
import { textsOf } from '../support/page-texts.ts';
import { suiteThatNeeds } from '../support/required.ts';

const usage = { inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 0, cacheWrite5mTokens: 0 };
const sums = z.array(z.object({ group: z.string().nullable(), calls: z.number(), costNanoUsd: z.number() }));
const made = z.object({ id: z.string() });
const password = 'correct horse battery';

async function call({ relay, upstream }: AdminPage, key: string): Promise<void> {
  upstream.script([says('Hi', { usage })]);
  const response = await fetch(`${relay.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  expect(response.status).toBe(200);
  await response.text();
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'the page of members, on a phone', () => {
  test('shows a member their own numbers, those of the command line, and nothing of anybody else', async () => {
    await using at = await AdminPage.start({ theme: 'dark', width: 360 });
    const { page, relay, upstream } = at;
    const t = await textsOf('en');
    await relay.addAccount({ name: 'secret-account', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
    const members = [];
    for (const name of ['Ada', 'Bob']) {
      const limit = ['--limit', 'cost=5usd/day'];
      const { id } = made.parse(await relay.json(['member', 'create', '--name', name, ...limit]));
      await relay.json(['member', 'password', name, '--stdin'], `${password} of ${name}\n`);
      const { id: keyId, key } = await relay.createKey(`laptop of ${name}`, ['--member', name]);
      members.push({ id, name, keyId, key });
    }
    const [ada, bob] = members;
    if (!ada || !bob) throw new Error('two members were made');
    await call(at, ada.key);
    await call(at, ada.key);
    await call(at, bob.key);
    const [own] = sums
      .parse(await relay.json(['usage', 'summary', '--by', 'member']))
      .filter((one) => one.group === ada.id);
    expect(own).toMatchObject({ calls: 2, costNanoUsd: 9_000_000 });

    const answers: string[] = [];
    page.on('response', (response) => {
      if (response.url().includes('/me/api/')) void response.text().then((text) => answers.push(text));
    });
    await page.goto(`${relay.url}/me/`);
    await page.getByLabel(t('mine.key'), { exact: true }).fill('ws-wrong');
    await page.getByRole('button', { name: `${t('mine.enter')}: ${t('mine.key')}` }).click();
    await page.getByRole('alert').waitFor();
    expect(await at.barriers()).toEqual([]);
    await at.picture('me sign-in dark phone');
    await page.getByLabel(t('mine.key'), { exact: true }).fill(ada.key);
    await page.getByRole('button', { name: `${t('mine.enter')}: ${t('mine.key')}` }).click();
    const showsHers = async () => {
      await page.getByText(t('mine.signedIn', { name: 'Ada' })).waitFor();
      expect(await page.getByText('$0.009').count()).toBeGreaterThan(3);
      await page.getByRole('meter').waitFor();
      await page.getByText('laptop of Ada').waitFor();
    };
    await showsHers();
    expect(await at.barriers()).toEqual([]);
    expect(await at.isCutOff()).toBe(false);
    await at.picture('me overview dark phone');
    await page.getByRole('button', { name: t('mine.out') }).click();
    await page.getByLabel(t('mine.name')).fill('ada');
    await page.getByLabel(t('mine.password'), { exact: true }).fill(`${password} of Ada`);
    await page.getByRole('button', { name: `${t('mine.enter')}: ${t('mine.password')}` }).click();
    await showsHers();
    await page.reload();
    await showsHers();
    await at.look({ theme: 'light', width: 1_000 });
    await page.getByLabel(t('page.language')).selectOption('ja');
    await page.getByText((await textsOf('ja'))('mine.signedIn', { name: 'Ada' })).waitFor();
    expect(await at.barriers()).toEqual([]);
    await at.picture('me overview light wide ja');
    expect(answers.join('\n')).toContain('Ada');
    expect(answers.join('\n')).not.toMatch(new RegExp(`Bob|${bob.id}|${bob.keyId}|secret-account`));
    expect(at.complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });

  test('a member changes their password and turns a second factor on, which the next sign-in asks for', async () => {
    await using at = await AdminPage.start({ width: 360 });
    const { page, relay } = at;
    const t = await textsOf('en');
    await relay.json(['member', 'create', '--name', 'Ada']);
    await relay.json(['member', 'password', 'Ada', '--stdin'], `${password}\n`);
    const another = 'a staple of another colour';
    const enter = async (given: string, code = '') => {
      await page.getByLabel(t('mine.name')).fill('Ada');
      await page.getByLabel(t('mine.password'), { exact: true }).fill(given);
      await page.getByLabel(t('mine.code')).fill(code);
      await page.getByRole('button', { name: `${t('mine.enter')}: ${t('mine.password')}` }).click();
    };
    await page.goto(`${relay.url}/me/`);
    await enter(password);
    await page.getByLabel(t('mine.currentPassword')).fill('wrong');
    await page.getByLabel(t('mine.newPassword')).fill(another);
    await page.getByRole('button', { name: t('mine.setPassword') }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel(t('mine.currentPassword')).fill(password);
    await page.getByRole('button', { name: t('mine.setPassword') }).click();
    await page.getByText(t('mine.passwordSet')).waitFor();
    await page.getByLabel(t('mine.passwordForFactor')).fill(another);
    await page.getByRole('button', { name: t('mine.factorBegin') }).click();
    await page.getByRole('img', { name: t('factor.scan') }).waitFor();
    expect(await at.barriers()).toEqual([]);
    expect(await at.isCutOff()).toBe(false);
    await at.picture('me second factor phone');
    const secret = fromBase32((await page.getByText(/^[A-Z2-7]{32}$/).textContent()) ?? '');
    const codeOf = (steps: number) => codeAt(secret, Math.floor(Date.now() / 30_000) + steps);
    await page.getByLabel(t('factor.code')).fill(codeOf(0));
    await page.getByRole('button', { name: t('factor.confirm') }).click();
    await page.getByText(t('factor.recovery')).waitFor();
    await page.getByRole('button', { name: t('mine.out') }).click();
    await enter(another);
    await page.getByRole('alert').waitFor();
    await enter(another, codeOf(1));
    await page.getByText(t('mine.factorOn', { count: 10 })).waitFor();
    await page.getByLabel(t('mine.passwordForFactor')).fill(another);
    await page.getByRole('button', { name: t('mine.factorRemove') }).click();
    await page.getByText(t('mine.factorOff')).waitFor();
    expect(at.complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });

  test('somebody goes to the issuer and comes back signed in', async () => {
    await using at = await AdminPage.start({ width: 360 });
    const { page, relay } = at;
    const t = await textsOf('en');
    await using issuer = await OidcIssuer.start([`${relay.url}/me/api/oidc/callback`]);
    issuer.people.set('ada', { name: 'Ada Lovelace' });
    const flags = [
      '--issuer',
      issuer.url,
      '--client',
      oidcClient.id,
      '--label',
      'Company',
      '--create-members',
      '--stdin',
    ];
    await relay.json(['sign-in', 'oidc', ...flags], `${oidcClient.secret}\n`);
    issuer.next = undefined;
    await page.goto(`${relay.url}/me/`);
    await page.getByRole('button', { name: 'Company' }).click();
    await page.getByText(t('mine.refused-failed')).waitFor();
    issuer.next = 'ada';
    await page.getByRole('button', { name: 'Company' }).click();
    await page.getByText(t('mine.signedIn', { name: 'Ada Lovelace' })).waitFor();
    expect(new URL(page.url()).pathname).toBe('/me/');
    await page.getByText(t('mine.noKeys')).waitFor();
    expect(at.complaints).toEqual([]);
  });
});
