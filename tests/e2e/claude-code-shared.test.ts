import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { settingsOf } from '../../renderer/features/team/snippet-text.ts';
import { fetchAuthority } from '../../renderer/features/team/trust-commands.ts';
import { ClaudeCode, fetchClaudeCode } from '../support/claude-code.ts';
import { finalText } from '../support/claude-code-output.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { rowsThatMatch } from '../support/matching-rows.ts';
import { RelayProcess } from '../support/relay-process.ts';
import { address, ask } from '../support/shared-relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const shared = z.object({
  standings: z.array(z.object({ url: z.string(), port: z.int() })),
  authority: z.object({ certificate: z.string(), fingerprint: z.string() }),
});
const issued = z.object({ code: z.string() });
const joined = z.object({ secret: z.string(), urls: z.array(z.string()) });

beforeAll(async () => {
  await fetchClaudeCode();
}, 600_000);

test('the real Claude Code calls through the TLS listener with the instructions that the join page prints, and not without them', async () => {
  await using relay = await RelayProcess.start();
  const fake = await FakeAnthropic.start();
  await using _ = { [Symbol.asyncDispose]: () => fake.close() };
  await relay.addAccount({ name: 'first', baseUrl: fake.url, secret: 'sk-ant-first' });
  const { standings, authority } = shared.parse(await relay.json(['share', 'on', '--address', address, '--port', '0']));
  const [standing] = standings;
  const { code } = issued.parse(await relay.json(['invite', 'create', '--name', 'Ada']));
  const listener = { port: standing?.port ?? 0, ...authority };
  const taken = await ask(listener, {
    ...{ method: 'POST', path: '/join/exchange', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify({ code }),
  });
  const { secret, urls } = joined.parse(JSON.parse(taken.text));
  expect(urls).toEqual([standing?.url]);

  // As the first command saves it; the second prints what must be the invite's fingerprint.
  expect(fetchAuthority('sh', urls[0] ?? '')).toContain(`${standing?.url}/join/ca.pem`);
  const home = temporaryFolder();
  await writeFile(join(home, 'waystation-ca.pem'), (await ask(listener, { path: '/join/ca.pem' })).text);
  const access = { address: urls[0] ?? '', secret, hasAuthority: true };
  const printed = settingsOf('claude', 'sh', access).map(([name, value]) => [name, value.replace('$HOME', home)]);
  const { ANTHROPIC_BASE_URL: baseUrl = '', ANTHROPIC_AUTH_TOKEN: token = '', ...env } = Object.fromEntries(printed);
  expect(Object.keys(env)).toEqual(['NODE_EXTRA_CA_CERTS']);

  const result = await ClaudeCode.run({ baseUrl, token, env, prompt: '[[say Grüße über TLS]]' });
  expect([finalText(result), result.exitCode]).toEqual(['Grüße über TLS', 0]);
  const rows = await rowsThatMatch(relay, fake);
  expect(rows[0]).toMatchObject({ status: 'completed' });

  const untrusting = { CLAUDE_CODE_MAX_RETRIES: '0' };
  const refused = await ClaudeCode.run({ baseUrl, token, env: untrusting, prompt: '[[say hello]]' });
  expect(refused.exitCode).not.toBe(0);
  expect(fake.ledger.entries()).toHaveLength(rows.length);
});
