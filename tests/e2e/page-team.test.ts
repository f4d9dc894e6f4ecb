import { expect, test } from 'vitest';
import { en } from '../../renderer/i18n/en.ts';
import { ja } from '../../renderer/i18n/ja.ts';
import { AdminPage, type Theme } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { suiteThatNeeds } from '../support/required.ts';

type Texts = { readonly [name: string]: string | Texts };
type Say = (key: string, values?: Readonly<Record<string, string | number>>) => string;

/** The page's own texts, so that one walk serves every language. */
function sayIn(texts: Texts): Say {
  return (key, values = {}) => {
    const [group = '', name = ''] = key.split('.');
    const found = texts[group];
    const text = typeof found === 'object' ? found[name] : undefined;
    if (typeof text !== 'string') throw new Error(`there is no text ${key}`);
    return text.replace(/\{\{(\w+)(?:, number)?\}\}/g, (_, field: string) => String(values[field]));
  };
}

const looks: readonly (readonly [string, string, Theme, Say])[] = [
  ['English', 'en-GB', 'light', sayIn(en)],
  ['Japanese', 'ja', 'dark', sayIn(ja)],
];

async function call(at: AdminPage, key: string): Promise<readonly [number, string]> {
  const response = await fetch(`${at.relay.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  return [response.status, await response.text()];
}

async function start(language: string, theme: Theme): Promise<AdminPage> {
  const at = await AdminPage.start({ language, theme });
  const { relay, upstream } = at;
  await relay.addAccount({ name: 'main', baseUrl: upstream.url, secret: 'sk-ant-made-up' });
  const dear = { usage: { inputTokens: 100_000, outputTokens: 20_000 } };
  upstream.answer(({ request }) => (request.method === 'POST' ? says('hello', dear) : undefined));
  return at;
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'the Team page', () => {
  test.each(looks)(
    'a member gets a key on a plan, calls until the limit, is seen, and is suspended: %s',
    async (name, language, theme, say) => {
      await using at = await start(language, theme);
      const { page } = at;
      const dialog = () => page.getByRole('dialog').last();
      const button = (text: string) => page.getByRole('button', { name: text, exact: true });
      await at.signIn('/team?tab=plans');

      await button(say('plans.create')).first().click();
      await dialog().getByLabel(say('plans.template')).selectOption('developer');
      await at.picture(`plan dialog ${theme}, ${name}, wide`);
      await dialog()
        .getByRole('button', { name: say('plans.create'), exact: true })
        .click();
      await page.getByRole('row').filter({ hasText: 'Developer' }).waitFor();

      await page.getByRole('tab', { name: say('team.tab-members') }).click();
      await page.getByText(say('members.empty')).waitFor();
      await at.picture(`members empty ${theme}, ${name}, wide`);
      await button(say('members.add')).first().click();
      await dialog().getByLabel(say('members.name')).fill('Ada Lovelace');
      await dialog().getByLabel(say('members.email')).fill('ada@example.com');
      await dialog().getByLabel(say('keys.plan')).selectOption({ label: 'Developer' });
      await dialog()
        .getByRole('button', { name: say('limits.add') })
        .click();
      await dialog().getByLabel(say('limits.amount')).fill('2');
      await dialog().getByLabel(say('limits.measure'), { exact: true }).selectOption('requests');
      await at.picture(`member dialog ${theme}, ${name}, wide`);
      expect(await at.barriers()).toEqual([]);
      await dialog()
        .getByRole('button', { name: say('members.add'), exact: true })
        .click();
      const row = page.getByRole('row').filter({ hasText: 'Ada Lovelace' });
      await row.click();

      await dialog()
        .getByRole('button', { name: say('keys.create'), exact: true })
        .click();
      await dialog().getByLabel(say('keys.name')).fill('ada-laptop');
      await at.picture(`key dialog ${theme}, ${name}, wide`);
      expect(await at.barriers()).toEqual([]);
      await dialog()
        .getByRole('button', { name: say('keys.create'), exact: true })
        .click();
      await page.getByText(say('keys.made', { name: 'ada-laptop' })).waitFor();
      await dialog().getByLabel(say('snippets.system')).selectOption('powershell');
      const snippet = await dialog().locator('pre').innerText();
      await at.picture(`key made ${theme}, ${name}, wide`);
      const key = /\$env:ANTHROPIC_AUTH_TOKEN = "([^"]+)"/.exec(snippet)?.[1] ?? expect.fail(snippet);
      await dialog()
        .getByRole('button', { name: say('keys.kept') })
        .click();

      expect([(await call(at, key))[0], (await call(at, key))[0]]).toEqual([200, 200]);
      const [status, refusal] = await call(at, key);
      expect([status, refusal]).toEqual([429, expect.stringContaining('all keys of this member share')]);
      await expect.poll(() => dialog().getByRole('meter').getAttribute('aria-valuenow')).toBe('100');
      // From where it was used, and with what: once, however often.
      const devices = dialog()
        .locator('section')
        .filter({ has: page.getByRole('heading', { name: say('devices.heading') }) });
      await devices.getByText('127.0.0.1').waitFor();
      expect(await devices.getByRole('listitem').allInnerTexts()).toEqual([
        expect.stringMatching(/127\.0\.0\.1[\s\S]*ada-laptop · node/),
      ]);
      await at.picture(`member at the limit ${theme}, ${name}, wide`);
      await dialog()
        .getByRole('button', { name: say('members.suspend') })
        .click();
      await dialog().getByText(say('members.suspendedNote')).waitFor();
      expect(await call(at, key)).toEqual([401, expect.stringContaining('suspended')]);
      expect(await at.barriers()).toEqual([]);
      await page.keyboard.press('Escape');
      await row.getByText(say('members.suspended')).waitFor();
      await row.getByText('$1.20').first().waitFor({ state: 'attached' });
      await at.picture(`members ${theme}, ${name}, wide`);

      await page.getByRole('tab', { name: say('team.tab-activity') }).click();
      await page.getByRole('row').filter({ hasText: 'key-disabled' }).getByText('ada-laptop').waitFor();
      await page.getByRole('row').filter({ hasText: 'suspendMember' }).getByText('Ada Lovelace').waitFor();
      await at.picture(`activity ${theme}, ${name}, wide`);
      expect(await at.barriers()).toEqual([]);

      await page.getByRole('tab', { name: say('team.tab-members') }).click();
      // The rows of the tab before name the member, too, until this one has loaded.
      await page.getByRole('row').filter({ hasText: 'suspendMember' }).waitFor({ state: 'detached' });
      await row.click();
      await dialog()
        .getByRole('button', { name: say('members.resume') })
        .click();
      await dialog()
        .getByRole('button', { name: say('members.suspend') })
        .waitFor();
      await dialog()
        .getByRole('link', { name: say('members.openUsage') })
        .click();
      await page
        .getByRole('heading', { level: 1 })
        .filter({ hasText: say('usage.heading') })
        .waitFor();
      expect(page.url()).toMatch(/#\/usage\?member=mem_/);
      await page.locator('main').getByText('Ada Lovelace').first().waitFor();
      expect(at.complaints).toEqual([]);
    },
  );

  test.each(looks)(
    'keys are made, changed, thrown away and taken over many at a time: %s',
    async (name, language, theme, say) => {
      await using at = await start(language, theme);
      const { page, relay } = at;
      const dialog = () => page.getByRole('dialog').last();
      const button = (text: string) => page.getByRole('button', { name: text, exact: true });
      await relay.json(['plan', 'create', '--template', 'Guest']);
      await at.signIn('/team?tab=keys');
      await page.getByText(say('keys.empty')).waitFor();

      await button(say('keys.create')).first().click();
      await dialog().getByLabel(say('keys.name')).fill('class');
      await dialog().getByLabel(say('keys.count')).fill('3');
      await dialog()
        .getByRole('button', { name: say('keys.create'), exact: true })
        .click();
      await page.getByText(say('keys.madeMany', { count: 3 })).waitFor();
      const made = (await dialog().locator('pre').innerText()).split('\n').map((line) => line.split(','));
      expect(made.map(([key]) => key)).toEqual(['class-1', 'class-2', 'class-3']);
      await dialog()
        .getByRole('button', { name: say('keys.kept') })
        .click();

      await page.getByRole('checkbox', { name: say('keys.pickAll') }).check();
      const bar = page.getByRole('region', { name: say('keys.batch') });
      await bar.getByText(say('keys.picked_other', { count: 3 })).waitFor();
      await bar.getByRole('button', { name: say('keys.edit'), exact: true }).click();
      await dialog().getByLabel(say('keys.plan')).selectOption({ label: 'Guest' });
      await dialog().getByLabel(say('keys.addTags')).fill('night, room-1');
      await dialog().getByLabel(say('keys.renewUntil')).fill('2030-01-31');
      await at.picture(`keys batch ${theme}, ${name}, wide`);
      expect(await at.barriers()).toEqual([]);
      await dialog()
        .getByRole('button', { name: say('action.save'), exact: true })
        .click();
      await page.getByRole('row').filter({ hasText: 'class-1' }).getByText('room-1').waitFor();
      expect(await relay.json(['key', 'list', '--tag', 'night'])).toMatchObject([
        ...made.map(([key]) => ({ name: key, planName: 'Guest', tags: ['night', 'room-1'] })),
      ]);

      await page.getByRole('searchbox', { name: say('keys.search') }).fill('class-2');
      await expect.poll(() => page.getByRole('row').count()).toBe(2);
      await page.getByRole('row').filter({ hasText: 'class-2' }).click();
      await dialog()
        .getByRole('button', { name: say('keys.edit'), exact: true })
        .click();
      await dialog().getByText(say('keys.permissions')).click();
      await dialog().getByLabel(say('keys.deniedModels')).fill('claude-sonnet-*');
      await at.picture(`key edited ${theme}, ${name}, wide`);
      await dialog()
        .getByRole('button', { name: say('action.save'), exact: true })
        .click();
      await dialog().getByText('claude-sonnet-*').waitFor();
      expect((await call(at, made[1]?.[1] ?? ''))[0]).toBe(403);
      await dialog()
        .getByRole('button', { name: say('keys.rotate'), exact: true })
        .click();
      await dialog().getByLabel(say('keys.grace')).selectOption('now');
      await dialog()
        .getByRole('button', { name: say('keys.rotate'), exact: true })
        .click();
      await dialog()
        .getByRole('button', { name: say('keys.kept') })
        .click();
      expect((await call(at, made[1]?.[1] ?? ''))[0]).toBe(401);
      await dialog()
        .getByRole('button', { name: say('keys.remove'), exact: true })
        .click();
      await dialog()
        .getByRole('button', { name: say('keys.remove'), exact: true })
        .click();
      await page.getByText(say('keys.noMatch')).waitFor();
      await at.picture(`keys filtered empty ${theme}, ${name}, wide`);
      await button(say('team.clearFilter')).click();

      await button(say('keys.trash')).click();
      await page.getByRole('row').filter({ hasText: 'class-2' }).click();
      await dialog()
        .getByRole('button', { name: say('keys.restore'), exact: true })
        .click();
      await dialog()
        .getByRole('button', { name: say('keys.remove'), exact: true })
        .waitFor();
      await page.keyboard.press('Escape');
      await page.getByText(say('keys.trashEmpty')).waitFor();
      await button(say('keys.leaveTrash')).click();

      await button(say('keys.import')).first().click();
      await dialog().getByLabel(say('keys.importLines')).fill('old-laptop,cr_0123456789abcdef0123456789abcdef');
      await dialog()
        .getByRole('button', { name: say('keys.importThese_one', { count: 1 }) })
        .click();
      await page.getByRole('row').filter({ hasText: 'old-laptop' }).waitFor();
      expect((await call(at, 'cr_0123456789abcdef0123456789abcdef'))[0]).toBe(200);
      await at.picture(`keys ${theme}, ${name}, wide`);
      expect(await at.barriers()).toEqual([]);
      expect(at.complaints).toEqual([]);
    },
  );

  test.each(looks)(
    'a changed plan first tells whom it would block, and codes are made once: %s',
    async (name, language, theme, say) => {
      await using at = await start(language, theme);
      const { page, relay } = at;
      const dialog = () => page.getByRole('dialog').last();
      await relay.json(['plan', 'create', '--name', 'Guest', '--limit', 'cost=9usd/day']);
      const { key } = await relay.createKey('laptop', ['--plan', 'Guest']);
      expect((await call(at, key))[0]).toBe(200);
      await at.signIn('/team?tab=plans');
      await page.getByRole('row').filter({ hasText: 'Guest' }).click();
      expect(
        await dialog()
          .getByRole('button', { name: say('plans.remove') })
          .isDisabled(),
      ).toBe(true);
      await dialog().getByLabel(say('limits.amount')).fill('0.1');
      await dialog()
        .getByRole('button', { name: say('plans.preview') })
        .click();
      await dialog()
        .getByText(say('plans.wouldBlock', { count: 1, all: 1 }))
        .waitFor();
      await at.picture(`plan preview ${theme}, ${name}, wide`);
      expect(await at.barriers()).toEqual([]);
      expect((await call(at, key))[0]).toBe(200);
      await dialog()
        .getByRole('button', { name: say('action.save'), exact: true })
        .click();
      await page.getByRole('row').filter({ hasText: '$0.10' }).waitFor();
      expect((await call(at, key))[0]).toBe(429);

      await page.getByRole('button', { name: say('codes.create'), exact: true }).click();
      await dialog().getByLabel(say('keys.count')).fill('2');
      await dialog()
        .getByRole('button', { name: say('codes.create'), exact: true })
        .click();
      await dialog().getByText(say('codes.nothing')).waitFor();
      await dialog().getByLabel(say('limits.amount')).fill('5');
      await at.picture(`codes dialog ${theme}, ${name}, wide`);
      await dialog()
        .getByRole('button', { name: say('codes.create'), exact: true })
        .click();
      await page.getByText(say('codes.made_other', { count: 2 })).waitFor();
      expect((await dialog().locator('pre').innerText()).split('\n')).toHaveLength(2);
      await dialog()
        .getByRole('button', { name: say('keys.kept') })
        .click();
      const codes = page.getByRole('region', { name: say('codes.heading') }).last();
      await codes
        .getByRole('button', { name: say('codes.disable') })
        .first()
        .click();
      await codes.getByText(say('codes.disabled'), { exact: true }).waitFor();
      await at.picture(`plans ${theme}, ${name}, wide`);
      expect(at.complaints).toEqual([]);
    },
  );
});
