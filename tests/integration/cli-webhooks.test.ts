import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { webhook as webhookSchema } from '../../app/server/admin/contract-webhooks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { Keyboard, run, runJson, ServeProcess } from './cli-run.ts';

/** A chat that refuses the first message. */
async function chat() {
  const taken: unknown[] = [];
  const server = createServer(async (request, response) => {
    taken.push(await json(request));
    response.writeHead(taken.length === 1 ? 404 : 200).end(taken.length === 1 ? 'no_service' : 'ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ taken, host: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}/services/CANARY-path` },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test.each(['without', 'with'])(
  'webhooks are added, listed, tested, changed and removed %s a running relay',
  async (how) => {
    await using slack = await chat();
    const dataDir = temporaryFolder();
    await using _relay = how === 'with' ? await ServeProcess.start(dataDir) : undefined;
    const said: string[] = [];
    const does = async (words: readonly string[], stdin?: string) => {
      const { exitCode, stdout, stderr } = await run(['webhook', ...words], {
        dataDir,
        ...(stdin && { stdin }),
      });
      said.push(stdout, stderr);
      return [exitCode, stdout] as const;
    };
    expect(await does(['list'])).toEqual([0, expect.stringContaining('waystation webhook add')]);
    const [, added] = await does(
      ['add', '--kind', 'slack', '--name', 'ops', '--allow-local', '--url-stdin'],
      `${slack.url}\n`,
    );
    expect(added).toMatch(new RegExp(`^At +${slack.host}$`, 'm'));
    expect(added).not.toMatch(/relay-stopped|update-ready/);
    expect(await does(['test', 'ops'])).toEqual([1, 'It answered 404 and did not take the message: no_service\n']);
    expect(await does(['list'])).toEqual([
      0,
      expect.stringMatching(/^ops +Slack .*not sent .*\nops: It answered 404/m),
    ]);
    expect(await does(['test', 'OPS'])).toEqual([0, 'The test arrived at ops.\n']);
    expect(slack.taken).toHaveLength(2);
    const changes = ['--name', 'night', '--type', 'budgets', '--type', 'sharing', '--language', 'ja', '--off'];
    expect(await does(['edit', 'ops', ...changes])).toEqual([0, expect.stringMatching(/^State +off$/m)]);
    const [changed] = webhookSchema.array().parse(await runJson(['webhook', 'list'], { dataDir }));
    expect(changed).toMatchObject({ name: 'night', types: ['budgets', 'sharing'], language: 'ja', isEnabled: false });
    expect(await does(['remove', 'night'])).toEqual([0, 'night is removed.\n']);
    expect(await does(['remove', 'night'])).toEqual([1, '']);
    expect(said.join('\n')).not.toContain('CANARY');
  },
);

test('the secret comes from standard input or from a prompt, beside the address, and is taken away again', async () => {
  const dataDir = temporaryFolder();
  const made = ['webhook', 'add', '--kind', 'feishu', '--name', 'a', '--url-stdin', '--secret-stdin'];
  const stdin = 'https://open.feishu.example/hook/CANARY-path\nCANARY-secret\n';
  expect(await runJson(made, { dataDir, stdin })).toMatchObject({ hasSecret: true, host: 'open.feishu.example' });
  expect(await runJson(['webhook', 'edit', 'a', '--no-secret'], { dataDir })).toMatchObject({ hasSecret: false });
  const keyboard = new Keyboard();
  keyboard.write('12345:CANARY-token\r');
  const bot = ['webhook', 'add', '--kind', 'telegram', '--name', 'b', '--chat', '@alerts'];
  const { exitCode, stdout, stderr } = await run(bot, { dataDir, keyboard, columns: 100 });
  expect([exitCode, stdout + stderr]).toEqual([0, expect.stringMatching(/Secret.* stored, sealed$/m)]);
  expect(stdout + stderr).not.toContain('CANARY');
  expect(keyboard.modes).toEqual([true, false]);
});

test.each([
  [['add', '--name', 'x'], 2, '--kind is missing: generic, slack'],
  [['add', '--kind', 'pager', '--name', 'x'], 2, '--kind must be'],
  [['add', '--kind', 'slack', '--name', 'x'], 2, 'add --url-stdin'],
  [['add', '--kind', 'telegram', '--name', 'x', '--chat', '1'], 2, 'add --secret-stdin'],
  [['add', '--kind', 'slack', '--name', 'x', '--url-stdin', '--type', 'weather'], 2, '--type must be'],
  [['add', '--kind', 'slack', '--name', 'x', '--url-stdin'], 1, 'allow local addresses'],
  [['add', '--kind', 'slack', '--name', 'x', '--url', 'https://hooks.example/CANARY'], 2, '--url does not belong'],
  [['edit', 'x'], 2, 'Say what to change'],
  [['test', 'x'], 1, 'waystation webhook list'],
] as const)('%j ends with what to do', async (words, expected, message) => {
  const dataDir = temporaryFolder();
  const { exitCode, stdout, stderr } = await run(['webhook', ...words], {
    dataDir,
    stdin: 'https://10.0.0.1/CANARY\n',
  });
  expect([exitCode, stdout, stderr.replace(/\s+/g, ' ')]).toEqual([expected, '', expect.stringContaining(message)]);
  expect(stderr).not.toContain('CANARY');
});
