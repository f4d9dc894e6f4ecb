import { expect, test } from 'vitest';
import * as z from 'zod';
import { AdminPage, type AdminPageOptions } from '../support/admin-page.ts';
import { chromiumPath } from '../support/browser.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { textsOf } from '../support/page-texts.ts';
import { suiteThatNeeds } from '../support/required.ts';

type Say = Awaited<ReturnType<typeof textsOf>>;

const model = 'claude-sonnet-4-5';
/** For what asks the command line, which takes a moment to start. */
const english = ['light, English, wide', { options: {}, say: await textsOf('en') }] as const;
const japanese = [
  'dark, Japanese, as small as a phone',
  { options: { theme: 'dark', language: 'ja', width: 360 }, say: await textsOf('ja') },
] as const;
const looks: readonly (readonly [string, { readonly options: AdminPageOptions; readonly say: Say }])[] = [
  english,
  japanese,
];
const groups = z.array(
  z.object({
    ...{ id: z.string(), name: z.string(), fallbackId: z.string().optional() },
    members: z.array(z.object({ accountId: z.string(), priority: z.number().optional() })),
  }),
);

async function call(at: AdminPage, key: string, text: string): Promise<void> {
  const response = await fetch(`${at.relay.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model, max_tokens: 64, messages: [{ role: 'user', content: text }] }),
  });
  expect(response.status).toBe(200);
  await response.text();
}

async function fill({ relay, upstream }: AdminPage): Promise<Readonly<Record<'first' | 'second', string>>> {
  const shared = { baseUrl: upstream.url, secret: 'sk-ant-made-up' };
  const first = await relay.addAccount({ ...shared, name: 'first', flags: ['--priority', '1'] });
  const second = await relay.addAccount({ ...shared, name: 'second', flags: ['--priority', '2'] });
  upstream.answer(() => says('fine'));
  return { first, second };
}

async function check(at: AdminPage, name: string): Promise<void> {
  await at.picture(name);
  expect(await at.barriers(), name).toEqual([]);
  expect(await at.isCutOff(), `${name} is wider than its window`).toBe(false);
}

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'routing in the window', () => {
  test.each(looks)('groups are made, ordered and joined to others with the keyboard alone: %s', async (name, look) => {
    const { options, say } = look;
    await using at = await AdminPage.start(options);
    const { page, relay } = at;
    const { first, second } = await fill(at);
    await relay.json(['group', 'create', '--name', 'rest']);
    await at.signIn('/routing');
    const press = async (button: string, key = 'Enter') => {
      await page.getByRole('button', { name: button, exact: true }).first().focus();
      await page.keyboard.press(key);
    };
    await press(say('routing.newGroup'));
    const dialog = page.getByRole('dialog');
    await dialog.locator('[name="name"]').focus();
    await page.keyboard.type('team');
    for (const account of ['first', 'second']) {
      await dialog.getByLabel(say('routing.addMember')).focus();
      await page.keyboard.press('ArrowDown');
      await press(say('routing.addIt'));
      await dialog.getByRole('listitem').filter({ hasText: account }).waitFor();
    }
    await press(say('routing.up', { name: 'second' }), 'Alt+ArrowUp');
    await expect.poll(() => dialog.getByRole('listitem').allInnerTexts()).toEqual(['second', 'first']);
    await dialog.getByRole('switch', { name: say('routing.ownOrder') }).press('Space');
    await dialog.getByLabel(say('routing.fallback')).focus();
    await page.keyboard.type('rest');
    await check(at, `routing group ${name}`);
    await press(say('routing.saveGroup'));
    await dialog.waitFor({ state: 'detached' });
    const [rest, team] = groups
      .parse(await relay.json(['group', 'list']))
      .toSorted((a, b) => a.name.localeCompare(b.name));
    expect(team).toMatchObject({ name: 'team', fallbackId: rest?.id });
    expect(team?.members.toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0))).toEqual([
      { accountId: second, priority: 1 },
      { accountId: first, priority: 2 },
    ]);

    // A circle is refused with its own sentence.
    await press(`${say('routing.editGroup')} rest`);
    await dialog.getByLabel(say('routing.fallback')).selectOption('team');
    await press(say('routing.saveGroup'));
    await dialog.getByRole('alert').waitFor();
    await at.picture(`routing circle ${name}`);
    await page.keyboard.press('Escape');
    await check(at, `routing groups ${name}`);
    await press(`${say('routing.removeGroup')} team`);
    await page
      .getByRole('dialog')
      .getByRole('button', { name: say('routing.removeGroup'), exact: true })
      .press('Enter');
    await expect
      .poll(async () => groups.parse(await relay.json(['group', 'list'])).map((one) => one.name))
      .toEqual(['rest']);
    expect(at.complaints.filter((one) => !/400|409/.test(one))).toEqual([]);
  });

  test.each(looks)(
    'what the simulator tells is what the next call meets, and a replay tells what would have been: %s',
    async (name, look) => {
      const { options, say } = look;
      await using at = await AdminPage.start(options);
      const { page, relay } = at;
      const { first } = await fill(at);
      const { key } = await relay.createKey('laptop');
      await at.signIn('/routing');
      const simulate = page.getByRole('button', { name: say('routing.simulate') });
      const asked = page.locator('form').filter({ has: simulate }).locator('[name="model"]');
      await asked.fill(model);
      await simulate.click();
      await page.getByText(say('routing.wouldServe', { name: 'first' })).waitFor();
      await call(at, key, 'one');
      await call(at, key, 'two');
      expect((await relay.usage()).map(({ accountId }) => accountId)).toEqual([first, first]);

      await page.getByText(say('routing.whatIf'), { exact: true }).click();
      await page.getByRole('group', { name: 'first' }).getByLabel(say('routing.ifState')).selectOption('off');
      await simulate.click();
      await page.getByText(say('routing.wouldServe', { name: 'second' })).waitFor();
      await page
        .getByRole('listitem')
        .filter({ hasText: say('routing.skip-paused') })
        .waitFor();
      await check(at, `routing simulated ${name}`);

      await page.getByRole('button', { name: say('routing.replay') }).click();
      await page.getByText(say('routing.replayed', { count: 2, changed: 2 })).waitFor();
      await page
        .getByRole('link', { name: say('routing.example', { before: 'first', after: 'second' }) })
        .first()
        .waitFor();
      await check(at, `routing replayed ${name}`);

      await page.getByRole('button', { name: say('routing.explainLast') }).click();
      await page.getByText(say('routing.served', { name: 'first' })).waitFor();
      await page.getByText(say('routing.failoverShow'), { exact: true }).last().click();
      await page.getByText(say('routing.attempts')).waitFor();
      await check(at, `routing explained ${name}`);
      expect(at.complaints).toEqual([]);
    },
  );

  test('the order of accounts is dragged, and names are tried beside where they are given', async () => {
    const [name, { say }] = english;
    await using at = await AdminPage.start();
    const { page, relay } = at;
    await fill(at);
    await at.signIn('/routing');
    const order = page.getByRole('region', { name: say('routing.order') });
    const row = (account: string) => order.locator('[draggable]').filter({ hasText: account });
    await row('second').dragTo(row('first'));
    await expect
      .poll(async () => JSON.stringify(await relay.json(['account', 'show', 'second'])))
      .toContain('"priority":1');
    await expect.poll(() => order.getByText(/^Step \d$/).count()).toBe(1);
    await page.getByRole('button', { name: say('routing.down', { name: 'first' }) }).press('Alt+ArrowDown');
    await expect.poll(() => order.getByText(/^Step \d$/).count()).toBe(2);

    await page.getByLabel(say('routing.asked')).fill('fast');
    await page.getByLabel(say('routing.target')).fill('claude-haiku-4-5');
    await page.getByRole('button', { name: say('routing.add'), exact: true }).click();
    await page.getByRole('row').filter({ hasText: 'fast' }).waitFor();
    await page.getByLabel(say('tester.model')).fill('fast');
    await page.getByRole('button', { name: say('tester.try'), exact: true }).click();
    await page.getByText('fast → claude-haiku-4-5').waitFor();
    await check(at, `routing names ${name}`);
    expect(at.complaints).toEqual([]);
  });

  test.each(looks)('where calls go is chosen and said as a sentence: %s', async (name, { options, say }) => {
    await using at = await AdminPage.start(options);
    const { page, relay } = at;
    const { second } = await fill(at);
    await at.signIn('/routing');
    const choice = page.getByLabel(say('routing.aim'));
    await choice.selectOption({ label: say('routing.aim-only', { name: 'second' }) });
    await page.getByText(say('routing.said-only', { name: 'second' })).waitFor();
    await check(at, `routing aim ${name}`);
    expect(await relay.json(['routing', 'show'])).toMatchObject({ aim: { kind: 'only', accountId: second } });
    await call(at, (await relay.createKey('laptop')).key, 'hello');
    expect(await relay.usage()).toMatchObject([{ accountId: second }]);
    await choice.selectOption('automatic');
    await page.getByText(say('routing.said-only', { name: 'second' })).waitFor({ state: 'detached' });
    expect(await relay.json(['routing', 'show'])).toMatchObject({ aim: { kind: 'automatic' } });
  });
});
