import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { overHttp } from '../../app/cli/client.ts';
import { checkedPrices, modelPrice, prices as shownPrices } from '../../app/server/admin/contract-prices.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { priceFile } from '../support/price-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { helloWhole, TestApp } from '../support/test-app.ts';
import { run, runJson, ServeProcess } from './cli-run.ts';

const opus = 'claude-opus-5-5';
const call = { ...helloWhole, model: opus };
const keys = generateKeyPairSync('ed25519');
const publicKey = keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const signed = (text: string) => sign(null, Buffer.from(text), keys.privateKey).toString('base64');

/** A file of prices with what proves it. */
function written(
  body: string,
  proof: { readonly sig?: string; readonly sum?: string } = { sum: sha256(body) },
): string {
  const file = join(temporaryFolder(), 'prices.json');
  writeFileSync(file, body);
  if (proof.sig !== undefined) writeFileSync(`${file}.sig`, proof.sig);
  if (proof.sum !== undefined) writeFileSync(`${file}.sha256`, `${proof.sum}  prices.json\n`);
  return file;
}

async function start() {
  const relay = await TestApp.start();
  relay.upstream.answer(({ request }) =>
    request.method === 'POST'
      ? says('Hi', { usage: { inputTokens: 1_000, outputTokens: 0, cacheReadTokens: 0, cacheWrite5mTokens: 0 } })
      : undefined,
  );
  const admin = overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
  return { relay, admin };
}

describe('Q12 price-update-midday', () => {
  test('Q12 price-update-midday: calls go by the new prices at once, and each row keeps what it was counted with', async () => {
    const { relay, admin } = await start();
    await using _ = relay;
    await relay.messages(call);
    const [before] = await relay.rows();
    const body = priceFile('2027-01-02', { [opus]: 5_000 });
    const checked = await admin.checkPrices({ origin: { url: written(body) } });
    await relay.messages(call);
    await admin.applyPrices({ version: checked.version, current: checked.current });
    await relay.messages(call);
    await admin.applyPrices({ version: checked.current, current: checked.version, isRollBack: true });
    await relay.messages(call);
    const rows = await relay.rows();
    const old = [before?.price?.['input'], checked.current];
    expect(rows.map(({ price }) => [price?.['input'], price?.['version']])).toEqual([
      old,
      old,
      [5_000, '2027-01-02'],
      old,
    ]);
    expect(rows[2]?.costNanoUsd).toBe(5_020_000);
    expect(rows[0]?.costNanoUsd).toBe(before?.costNanoUsd);
  });

  test.each<[string, () => { url: string; publicKey?: string; sha256?: string }, string]>([
    ['corrupt', () => ({ url: written(priceFile('2027-01-02'), { sum: sha256('another') }) }), 'checksum'],
    [
      'torn',
      () => ({ url: written(priceFile('2027-01-02').slice(0, 900), { sum: 'x' }) }),
      'neither a signature nor a checksum',
    ],
    ['no JSON', () => ({ url: written('{"version":', { sum: sha256('{"version":') }) }), 'not a table of prices'],
    ['another thing', () => ({ url: written('{"a":1}') }), 'not a table of prices'],
    ['unproved', () => ({ url: written(priceFile('2027-01-02'), {}) }), 'neither a signature nor a checksum'],
    ['unsigned', () => ({ url: written(priceFile('2027-01-02')), publicKey }), 'not signed'],
    [
      'signed for another file',
      () => ({ url: written(priceFile('2027-01-02'), { sig: signed('another') }), publicKey }),
      'not signed by the key',
    ],
    ['older', () => ({ url: written(priceFile('2020-01-01')) }), 'older (2020-01-01)'],
    ['missing', () => ({ url: '/nowhere/prices.json' }), 'cannot be read'],
    ['not where it is said', () => ({ url: 'prices.json' }), 'not absolute'],
    ['not the one meant', () => ({ url: written(priceFile('2027-01-02')), sha256: '0'.repeat(64) }), 'checksum'],
  ])(
    'Q12 price-update-midday: a file that is %s is refused and the old prices serve',
    async (_what, origin, message) => {
      const { relay, admin } = await start();
      await using _ = relay;
      const before = await admin.showPrices({});
      await expect(admin.checkPrices({ origin: origin() })).rejects.toThrow(message);
      expect(await admin.showPrices({})).toEqual(before);
      expect((await relay.messages(call)).status).toBe(200);
      expect((await relay.rows())[0]?.price?.['version']).toBe(before.version);
    },
  );
});

test('a call that went by a price of the owner says so, and when it was set', async () => {
  const { relay, admin } = await start();
  await using _ = relay;
  await admin.setOwnPrice({ model: opus, price: { input: 7_000, output: 1_000 } });
  await relay.messages(call);
  const [row] = await relay.rows();
  expect([row?.costNanoUsd, row?.price?.['version']]).toEqual([7_001_000, expect.stringMatching(/^own 20\d\d-/)]);
  const story = (await run(['explain', 'last'], { dataDir: relay.dataDir })).stdout.replaceAll(/\s+/g, ' ');
  expect(story).toMatch(/Prices of claude-opus-5-5, set by you on 20\d\d-\d\d-\d\d\./);
});

test('a signed file is taken, and one that looks wrong only by its own word', async () => {
  const { relay, admin } = await start();
  await using _ = relay;
  const body = priceFile('2027-01-02', { [opus]: 900_000 });
  const origin = { url: written(body, { sig: signed(body) }), publicKey };
  await admin.changeSetting({ name: 'prices.source', value: origin });
  const { version, current, suspicions } = await admin.checkPrices({});
  expect(suspicions).toEqual([expect.stringMatching(/^claude-opus-5-5: input costs \d+ times as much$/)]);
  await expect(admin.applyPrices({ version, current })).rejects.toThrow('look wrong');
  await expect(admin.applyPrices({ version, current: 'another' })).rejects.toThrow('changed since');
  expect(await admin.applyPrices({ version, current, acceptSuspicious: true })).toMatchObject({ version });
});

test('over the network: redirects are followed a few times without a credential, and never to where it may not go', async () => {
  const { relay, admin } = await start();
  await using _ = relay;
  const body = priceFile('2027-01-02', { [opus]: 5_000 });
  const seen: (string | undefined)[] = [];
  const server = createServer(({ url = '', headers }, response) => {
    seen.push(headers.authorization, headers.cookie);
    const to = /^\/to\/(\S+)/.exec(url)?.[1];
    const next = to === undefined ? undefined : decodeURIComponent(to.replace(/\.sha256$/, ''));
    if (next !== undefined) response.writeHead(302, { location: next }).end();
    else if (url === '/prices.json.sha256') response.end(sha256(body));
    else if (url.startsWith('/loop')) response.writeHead(307, { location: '/loop' }).end();
    else if (url === '/prices.json' || url === '/moved.json') response.end(body);
    else response.writeHead(url.startsWith('/broken') ? 500 : 302, { location: '/prices.json' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const check = (path: string, more: object = { allowLocal: true, sha256: sha256(body) }) =>
    admin.checkPrices({ origin: { url: path.startsWith('/') ? at + path : path, ...more } });
  try {
    expect(await check('/prices.json', { allowLocal: true })).toMatchObject({ version: '2027-01-02' });
    expect(await check('/old.json')).toMatchObject({ version: '2027-01-02' });
    await expect(check('/loop')).rejects.toThrow('too many redirects');
    await expect(check('/broken')).rejects.toThrow('status 500');
    await expect(check('/prices.json', {})).rejects.toThrow('not https');
    await expect(check(`/to/${encodeURIComponent('http://169.254.169.254/latest')}`)).rejects.toThrow(
      'could not be fetched',
    );
    await expect(check(`/to/${encodeURIComponent('http://example.com/prices.json')}`)).rejects.toThrow('not https');
    await expect(check(`/to/${encodeURIComponent('http://who:what@127.0.0.1/')}`)).rejects.toThrow(
      'name or a password',
    );
    await expect(check(`/to/${encodeURIComponent('file:///etc/hosts')}`)).rejects.toThrow('could not be fetched');
    await expect(check('https://10.0.0.1/prices.json', {})).rejects.toThrow('own network');
    expect(seen.filter((header) => header !== undefined)).toEqual([]);
  } finally {
    server.close();
  }
});

test.each([
  ['without a relay', false],
  ['through a running relay', true],
])('%s the command line checks, applies, goes back, and sets prices of its own', async (_how, isRunning) => {
  const dataDir = temporaryFolder();
  await using stack = new AsyncDisposableStack();
  if (isRunning) stack.use(await ServeProcess.start(dataDir));
  const show = async () => shownPrices.parse(await runJson(['usage', 'prices'], { dataDir }));
  const inputOf = async () => modelPrice.parse(await runJson(['usage', 'prices', opus], { dataDir })).input;
  const { version } = await show();
  const before = await inputOf();
  const file = written(priceFile('2027-01-02', { [opus]: before + 1_000 }));
  const shown = await run(['usage', 'prices', 'check', '--from', file], { dataDir });
  expect(shown.stdout).toMatch(/claude-opus-5-5 +input +\$\d+\/M +\$\d+\/M +\+\d+/);
  expect(shown.stdout).toContain('waystation usage prices apply');
  checkedPrices.parse(await runJson(['usage', 'prices', 'check', '--from', file], { dataDir }));
  expect(await inputOf()).toBe(before);
  expect((await run(['usage', 'prices', 'apply', '--yes'], { dataDir })).stdout).toContain('2027-01-02 are in use');
  expect([await inputOf(), (await show()).version]).toEqual([before + 1_000, '2027-01-02']);
  expect((await run(['usage', 'prices', 'apply'], { dataDir })).stderr).toContain('No newer prices were checked');

  await runJson(['usage', 'prices', 'set', opus, '--input', '1.5'], { dataDir });
  expect(await inputOf()).toBe(1_500);
  const own = await run(['usage', 'prices', 'set', 'house', '--input', '1'], { dataDir });
  expect([own.exitCode, own.stderr]).toEqual([2, expect.stringContaining('say both --input and --output')]);
  expect((await run(['usage', 'prices'], { dataDir })).stdout).toMatch(/Your own +claude-opus-5-5/);
  expect((await run(['usage', 'prices', 'roll-back', version], { dataDir })).exitCode).toBe(0);
  expect([await inputOf(), (await show()).version, (await show()).isPinned]).toEqual([1_500, version, true]);
  await runJson(['usage', 'prices', 'unset', opus], { dataDir });
  expect(await inputOf()).toBe(before);
  const unknown = await run(['usage', 'prices', 'check'], { dataDir });
  expect([unknown.exitCode, unknown.stderr]).toEqual([1, expect.stringContaining('prices.source')]);
  expect(z.string().parse((await run(['usage', 'prices', 'no-model'], { dataDir })).stderr)).toContain(
    'usage prices set',
  );
});
