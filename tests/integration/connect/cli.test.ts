import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { eventually } from '../../support/test-app.ts';
import { Keyboard, run, runJson, ServeProcess } from '../cli-run.ts';

const original = '{\n  // mine\n  "model": "opus",\n  "env": { "HTTP_TIMEOUT": "1" },\n}\n';

/** A relay on a computer with Claude Code, whose program tells its version and what it was started with. */
async function prepared() {
  const home = temporaryFolder();
  const bin = join(home, 'bin');
  const settings = join(home, '.claude', 'settings.json');
  mkdirSync(bin);
  mkdirSync(join(home, '.claude'));
  writeFileSync(settings, original, { mode: 0o600 });
  const program = `#!/bin/sh\nif [ "$1" = --version ]; then echo "2.1.330 (Claude Code)"; exit; fi\nprintf '%s|' "$ANTHROPIC_BASE_URL" "$ANTHROPIC_AUTH_TOKEN" "$ANTHROPIC_API_KEY" "$@" > "$HOME/started"\nexit 7\n`;
  writeFileSync(join(bin, 'claude'), program);
  chmodSync(join(bin, 'claude'), 0o755);
  const dataDir = join(home, 'data');
  const own = { WAYSTATION_DATA_DIR: dataDir, WAYSTATION_SECRETS: 'key-file' };
  const env = { HOME: home, PATH: `${bin}:/usr/bin:/bin`, ...own };
  const relay = await ServeProcess.start(dataDir, env);
  onTestFinished(() => relay[Symbol.asyncDispose]());
  return { relay, home, dataDir, settings, options: { dataDir, env }, url: relay.url };
}

/** What the relay answers to whoever has a key; nothing is asked upstream. */
async function statusWith(url: string, key: string): Promise<number> {
  const response = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  await response.text();
  return response.status;
}

test('connect --list, --dry-run, --yes and disconnect: shown, written, and byte for byte as before', async () => {
  const { settings, options, url } = await prepared();
  const list = await run(['connect', '--list'], options);
  expect(list.stdout).toMatch(/claude-code +2\.1\.330 +not connected/);
  expect(list.stdout).toMatch(/codex +- +not installed/);

  const dry = await run(['connect', 'claude-code', '--dry-run'], options);
  expect(dry.stdout).toContain(
    `+   "env": { "HTTP_TIMEOUT": "1", "ANTHROPIC_BASE_URL": "${url}", "ANTHROPIC_AUTH_TOKEN": "••••••••" },`,
  );
  expect(readFileSync(settings, 'utf8')).toBe(original);

  const refused = await run(['connect', 'claude-code'], options);
  expect([refused.exitCode, refused.stderr]).toEqual([
    2,
    'Nothing was written: look at it with --dry-run, then agree with --yes.\n',
  ]);

  const done = await run(['connect', 'claude-code', '--yes'], options);
  expect([done.exitCode, done.stdout]).toEqual([0, expect.stringContaining('Claude Code is connected')]);
  const secret = /"ANTHROPIC_AUTH_TOKEN": "([^"]+)"/.exec(readFileSync(settings, 'utf8'))?.[1] ?? '';
  expect(await statusWith(url, secret)).toBe(200);
  expect(await runJson(['connect', '--list'], options)).toContainEqual(
    expect.objectContaining({ tool: 'claude-code', state: 'connected', endpoint: url }),
  );

  const ended = await run(['disconnect', '--all'], options);
  expect(ended.stdout).toBe('claude-code is as it was before it was connected.\n');
  expect(readFileSync(settings, 'utf8')).toBe(original);
  expect(await statusWith(url, secret)).toBe(401);
  expect((await run(['disconnect', 'claude-code'], options)).exitCode).toBe(1);
});

test('somebody who is asked sees the change first, and may say no', async () => {
  const { settings, options } = await prepared();
  const keyboard = new Keyboard();
  const answer = (text: string) => ({
    ...options,
    columns: 100,
    keyboard,
    onAside: (aside: string) => {
      if (aside.endsWith('Write this? [y/N] ')) keyboard.write(text);
    },
  });
  const no = await run(['connect', 'claude-code'], answer('n\n'));
  expect([no.exitCode, readFileSync(settings, 'utf8')]).toEqual([2, original]);
  expect(no.stderr).toContain('ANTHROPIC_BASE_URL');
});

test('connect --once starts the tool with variables alone, hands on its words and its exit code, and leaves nothing', async () => {
  const { home, dataDir, settings, options, url } = await prepared();
  const once = await run(['connect', 'claude-code', '--once', '--', '-p', 'say hello', '--yes'], options);
  expect(once.exitCode).toBe(7);
  const [base, token = '', key, ...words] = readFileSync(join(home, 'started'), 'utf8').split('|');
  // What this test's own runner adds stands behind -- too.
  expect([base, key, words.slice(0, 3)]).toEqual([url, '', ['-p', 'say hello', '--yes']]);
  expect(await statusWith(url, token)).toBe(401);
  expect([readFileSync(settings, 'utf8'), existsSync(join(dataDir, 'connections'))]).toEqual([original, false]);
});

test('a variable that wins is named with its file and line, and never with its value', async () => {
  const { home, options } = await prepared();
  writeFileSync(join(home, '.zshrc'), '# export ANTHROPIC_API_KEY=no\nexport ANTHROPIC_API_KEY="sk-ant-canary"\n');
  await run(['connect', 'claude-code', '--yes'], options);
  const list = await run(['connect', '--list'], options);
  const flat = list.stdout.replace(/\s+/g, ' ');
  expect(flat).toContain(`ANTHROPIC_API_KEY in ${home}/.zshrc, line 2 wins over its settings.`);
  expect(flat).toContain('variable in the way');
  expect(JSON.stringify(await runJson(['connect', '--list'], options))).not.toContain('canary');
});

test('another program that changes our keys is told as drift, and never fought', async () => {
  const { settings, options } = await prepared();
  await run(['connect', 'claude-code', '--yes'], options);
  const theirs = readFileSync(settings, 'utf8').replace(/http:[^"]+/, 'http://elsewhere.example');
  writeFileSync(settings, theirs);
  const list = await run(['connect', '--list'], options);
  expect(list.stdout).toContain('changed by others');
  await eventually(async () =>
    /tool was changed by another program +Claude Code/.test((await run(['alerts'], options)).stdout),
  );
  const ended = await run(['disconnect', 'claude-code'], options);
  expect(ended.stdout).toContain('Another program changed env.ANTHROPIC_BASE_URL: that stays.');
  expect(readFileSync(settings, 'utf8')).toBe(theirs.replace(/, "ANTHROPIC_AUTH_TOKEN": "[^"]+"/, ''));
});

test('without a relay nothing is connected, and what is connected can be undone', async () => {
  const { relay, settings, options } = await prepared();
  await run(['connect', 'claude-code', '--yes'], options);
  await relay.end('SIGTERM');
  const again = await run(['connect', 'codex', '--dry-run'], options);
  expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('No relay runs here')]);
  expect((await run(['disconnect', 'claude-code'], options)).exitCode).toBe(0);
  expect(readFileSync(settings, 'utf8')).toBe(original);
});
