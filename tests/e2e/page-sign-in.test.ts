import { expect, test } from 'vitest';
import { codeAt } from '../../app/people/totp.ts';
import { AdminPage } from '../support/admin-page.ts';
import { fromBase32 } from '../support/base32.ts';
import { chromiumPath } from '../support/browser.ts';
import { OidcIssuer } from '../support/oidc-issuer.ts';
import { textsOf } from '../support/page-texts.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { people, Slapd, searcher, slapdMissing } from '../support/slapd.ts';

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'how members sign in, in the window', () => {
  test('the owner sets a password and a one-time code, and an issuer that a test says works', async () => {
    await using at = await AdminPage.start({ theme: 'dark', language: 'zh-CN' });
    const { page, relay } = at;
    const t = await textsOf('zh-CN');
    await using issuer = await OidcIssuer.start([`${relay.url}/me/api/oidc/callback`]);
    await relay.json(['member', 'create', '--name', 'Ada', '--role', 'admin']);
    await at.signIn('/team?tab=members');
    await page.getByRole('row').filter({ hasText: 'Ada' }).first().click();
    const pane = page.getByRole('dialog');
    await pane.getByText(t('memberSignIn.keysOnly')).waitFor();
    await pane.getByLabel(t('memberSignIn.password')).fill('correct horse battery');
    await pane.getByRole('button', { name: t('memberSignIn.setPassword') }).click();
    await pane.getByRole('button', { name: t('memberSignIn.remove-password') }).waitFor();
    await pane.getByRole('button', { name: t('memberSignIn.factorBegin') }).click();
    await pane.getByRole('img', { name: t('factor.scan') }).waitFor();
    const secret = await pane.locator('pre').last().innerText();
    await pane.getByLabel(t('factor.code')).fill(codeAt(fromBase32(secret), Math.floor(Date.now() / 30_000)));
    expect(await at.barriers()).toEqual([]);
    await at.picture('member sign-in dark zh');
    await pane.getByRole('button', { name: t('factor.confirm') }).click();
    await pane.getByText(t('factor.recovery')).waitFor();
    await pane.getByText(t('memberSignIn.factorOn', { count: 10 })).waitFor();
    await page.keyboard.press('Escape');

    await at.look({ theme: 'light', width: 360 });
    await at.go('/settings?tab=security');
    const form = page.getByRole('form', { name: t('directory.oidc') });
    await form.getByLabel(t('directory.issuer')).fill(issuer.url);
    await form.getByLabel(t('directory.clientId')).fill('waystation');
    await form.getByLabel(t('directory.secret-oidc')).fill('only-the-issuer-knows');
    await form.getByRole('switch', { name: t('directory.createMembers') }).click();
    await form.getByRole('button', { name: t('directory.save-oidc') }).click();
    await form.getByText(t('directory.secretIsSet')).waitFor();
    await form.getByRole('button', { name: t('directory.test-oidc') }).click();
    await form.getByText(t('directory.works')).waitFor();
    expect(await at.barriers()).toEqual([]);
    expect(await at.isCutOff()).toBe(false);
    await at.picture('directory light phone zh');
    expect(await relay.json(['sign-in', 'show'])).toMatchObject({
      oidc: { fields: { issuer: issuer.url, createMembers: true }, hasSecret: true },
    });
    expect(at.complaints).toEqual([]);
  });
});

suiteThatNeeds(chromiumPath ? slapdMissing : 'no Chromium on the PATH', 'a directory, in the window', () => {
  test('the owner sets all of a directory up, with its authority and its groups, and a member signs in by it', async () => {
    await using slapd = await Slapd.start();
    await using at = await AdminPage.start({ width: 360 });
    const { page, relay } = at;
    const t = await textsOf('en');
    await at.signIn('/settings?tab=security');
    const form = page.getByRole('form', { name: t('directory.ldap') });
    const fill = (name: Parameters<typeof t>[0], text: string) => form.getByLabel(t(name)).fill(text);
    await fill('directory.url', slapd.secureUrl);
    await fill('directory.baseDn', people);
    await fill('directory.bindDn', searcher.dn);
    await fill('directory.secret-ldap', searcher.password);
    const save = form.getByRole('button', { name: t('directory.save-ldap') });
    const check = form.getByRole('button', { name: t('directory.test-ldap') });
    await save.click();
    await form.getByText(t('directory.secretIsSet')).waitFor();
    await check.click();
    // The server's certificate is of an authority that nobody named yet.
    await form.getByText(t('directory.step-connect')).waitFor();
    await form.getByText(t('directory.more')).click();
    await fill('directory.ca', slapd.ca);
    await fill('directory.roles', 'admin: relay-admins\nviewer: cn=relay-users,ou=groups,dc=example,dc=test');
    await form.getByLabel(t('directory.otherRole')).selectOption({ label: t('directory.otherRoleNone') });
    await form.getByRole('switch', { name: t('directory.createMembers') }).click();
    expect(await at.barriers()).toEqual([]);
    expect(await at.isCutOff()).toBe(false);
    await at.picture('directory, all of it, phone');
    await save.click();
    await expect.poll(async () => JSON.stringify(await relay.json(['sign-in', 'show']))).toContain('"otherRole":null');
    await check.click();
    await form.getByText(t('directory.works')).waitFor();
    const enter = async (name: string) => {
      await page.getByLabel(t('mine.name')).fill(name);
      await page.getByLabel(t('mine.password'), { exact: true }).fill(`${name}'s password`);
      await page.getByRole('button', { name: `${t('mine.enter')}: ${t('mine.password')}` }).click();
    };
    await page.goto(`${relay.url}/me/`);
    await enter('eve');
    await page.getByRole('alert').waitFor();
    await enter('ada');
    await page.getByText(t('mine.signedIn', { name: 'Ada Lovelace' })).waitFor();
    expect(await relay.json(['member', 'list'])).toMatchObject([{ name: 'Ada Lovelace', role: 'admin' }]);
  });
});
