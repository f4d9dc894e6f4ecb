import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { fetchClaudeCode } from '../support/claude-code.ts';
import { fetchCodex } from '../support/codex.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { RelayProcess } from '../support/relay-process.ts';

const connections = z.array(
  z.object({ tool: z.string(), state: z.string(), version: z.string().optional(), lastUsedAt: z.number().optional() }),
);

/** A home of its own with a real program on its PATH. */
function homeWith(name: string, program: string) {
  const home = mkdtempSync(join(tmpdir(), 'waystation-home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));
  const bin = join(home, 'bin');
  mkdirSync(bin);
  mkdirSync(join(home, 'work'));
  symlinkSync(program, join(bin, name));
  const env = { HOME: home, PATH: `${bin}:${process.env['PATH'] ?? ''}`, TMPDIR: home, LANG: 'C.UTF-8' };
  return { home, env };
}

async function start(program: string, words: readonly string[], { home, env }: ReturnType<typeof homeWith>) {
  const quiet = {
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_TELEMETRY: '1',
    NO_PROXY: '127.0.0.1,localhost',
  };
  const child = spawn(join(home, 'bin', program), words, {
    cwd: join(home, 'work'),
    env: { ...env, ...quiet },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  await once(child, 'close');
  return text;
}

async function stateOf(relay: RelayProcess, tool: string) {
  return connections.parse(await relay.json(['connect', '--list'])).find((one) => one.tool === tool);
}

test('the real Claude Code, connected by one command, comes here by its own settings; disconnected it has them back', async () => {
  const place = homeWith('claude', await fetchClaudeCode());
  const settings = join(place.home, '.claude', 'settings.json');
  const original = '{\r\n  "includeCoAuthoredBy": false,\r\n  "env": {\r\n    "DISABLE_TELEMETRY": "1"\r\n  }\r\n}';
  mkdirSync(dirname(settings));
  writeFileSync(settings, original);
  await using upstream = {
    fake: await FakeAnthropic.start(),
    [Symbol.asyncDispose]: async () => await upstream.fake.close(),
  };
  await using relay = await RelayProcess.start({ env: place.env });
  await relay.addAccount({ name: 'main', baseUrl: upstream.fake.url, secret: 'sk-ant-made-up' });

  expect(await stateOf(relay, 'claude-code')).toMatchObject({ state: 'not-connected', version: '2.1.330' });
  await relay.json(['connect', 'claude-code', '--yes']);
  upstream.fake.script([says('connected indeed')]);
  expect(await start('claude', ['-p', 'say something'], place)).toContain('connected indeed');
  expect(await stateOf(relay, 'claude-code')).toMatchObject({ state: 'connected', lastUsedAt: expect.any(Number) });

  await relay.json(['disconnect', 'claude-code']);
  expect(readFileSync(settings, 'utf8')).toBe(original);
});

test('the real Codex CLI takes our provider and its key from its own file', async () => {
  const place = homeWith('codex', await fetchCodex());
  const file = join(place.home, '.codex', 'config.toml');
  mkdirSync(dirname(file));
  const original = '# mine\ncheck_for_update_on_startup = false\n\n[analytics]\nenabled = false\n';
  writeFileSync(file, original);
  await using relay = await RelayProcess.start({ env: place.env });
  await relay.json(['connect', 'codex', '--yes']);
  // Nobody serves its model here: that our refusal is what it prints shows where it went, and that its key was taken.
  const said = await start('codex', ['exec', '--skip-git-repo-check', 'say something'], place);
  expect(said).toContain('provider: waystation');
  expect((await relay.usage()).length).toBeGreaterThan(0);
  expect(await stateOf(relay, 'codex')).toMatchObject({ state: 'connected', lastUsedAt: expect.any(Number) });
  await relay.json(['disconnect', 'codex']);
  expect(readFileSync(file, 'utf8')).toBe(original);
});
