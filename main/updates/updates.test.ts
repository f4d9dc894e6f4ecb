import { generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { nextCheckMs } from './schedule.ts';
import { Updates, type UpdatesDeps } from './updates.ts';

const ours = generateKeyPairSync('ed25519');
const theirs = generateKeyPairSync('ed25519');
const released = Buffer.from('the released installer');
const sha512 = (bytes: Buffer) => hash('sha512', bytes, 'base64');

let folder: string;
let server: Server;
let files: Record<string, Buffer | string>;
let seen: { url: string | undefined; headers: Record<string, unknown> }[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waystation-update-'));
  [files, seen] = [{}, []];
  server = createServer(({ url, headers }, response) => {
    seen.push({ url, headers });
    const body = files[url ?? ''];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function release(version: string, key: KeyObject = ours.privateKey): void {
  const manifest = Buffer.from(JSON.stringify({ version, files: { 'Waystation.AppImage': sha512(released) } }));
  files['/update.json'] = manifest;
  files['/update.json.sig'] = sign(null, manifest, key).toString('base64');
}

function updates(given: { fetched?: Buffer; offered?: string } & Partial<UpdatesDeps> = {}) {
  const clock = manualClock();
  const { fetched = released, offered = '1.1.0', ...deps } = given;
  const path = join(folder, 'fetched');
  writeFileSync(path, fetched);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const made = new Updates({
    ...{ clock, version: '1.0.0', random: () => 0.5, changed: () => undefined },
    feed: { url, publicKeyPem: ours.publicKey.export({ type: 'spki', format: 'pem' }).toString() },
    async get(address) {
      const response = await fetch(address);
      if (!response.ok) throw new Error(`status ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    },
    installer: async () => ({
      offered: async () => offered,
      download: async () => path,
      installAndRestart: () => undefined,
    }),
    ...deps,
  });
  return { made, clock };
}

test('an update is offered, fetched when asked for, and ready when it is what was released', async () => {
  release('1.1.0');
  const { made } = updates();
  await made.check();
  expect(made.state).toEqual({ kind: 'available', version: '1.1.0' });
  await made.download();
  expect(made.state).toEqual({ kind: 'ready', version: '1.1.0' });
});

test('nothing goes with the question that tells who asks', async () => {
  release('1.0.0');
  await updates().made.check();
  expect(seen.map(({ url }) => url).sort()).toEqual(['/update.json', '/update.json.sig']);
  const names = [...new Set(seen.flatMap(({ headers }) => Object.keys(headers)))];
  expect(names.filter((name) => /cookie|id|auth|x-/i.test(name))).toEqual([]);
});

test('D24 update-tamper: a manifest with a wrong signature is refused', async () => {
  release('1.1.0', theirs.privateKey);
  const { made } = updates();
  await made.check();
  expect(made.state).toMatchObject({ kind: 'failed', reason: expect.stringContaining('signature') });
  await made.download();
  expect(made.state.kind).toBe('failed');
});

test('D24 update-tamper: a manifest that a mirror changed is refused', async () => {
  release('1.1.0');
  files['/update.json'] = String(files['/update.json']).replace('1.1.0', '9.9.9');
  const { made } = updates();
  await made.check();
  expect(made.state).toMatchObject({ kind: 'failed', reason: expect.stringContaining('signature') });
});

test.each(['0.9.9', '1.0.0', '0.10.0'])('D24 update-tamper: a downgrade to %s is no update', async (version) => {
  release(version);
  const { made, clock } = updates();
  await made.check();
  expect(made.state).toEqual({ kind: 'idle', checkedAt: clock.now() });
});

test('D24 update-tamper: a mirror that hands out another file, or another version, is refused', async () => {
  release('1.1.0');
  const file = updates({ fetched: Buffer.from('something else') }).made;
  await file.check();
  await file.download();
  expect(file.state).toEqual({ kind: 'failed', reason: 'what was downloaded is not what was released' });
  const other = updates({ offered: '1.0.5' }).made;
  await other.check();
  await other.download();
  expect(other.state).toMatchObject({ kind: 'failed', reason: expect.stringContaining('1.0.5 instead of 1.1.0') });
});

test('D24 update-tamper: a key of another kind is refused', async () => {
  release('1.1.0');
  const publicKeyPem = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
  const { made } = updates({ feed: { url: 'http://127.0.0.1:1', publicKeyPem }, get: async () => new Uint8Array() });
  await made.check();
  expect(made.state).toMatchObject({ kind: 'failed', reason: expect.stringContaining('another kind') });
});

test('without a feed it stays off, and asks nobody', async () => {
  const { made, clock } = updates({ feed: 'no-feed' });
  made.begin();
  await made.check();
  clock.advance(86_400_000);
  expect([made.state, seen]).toEqual([{ kind: 'off', why: 'no-feed' }, []]);
});

test('looks soon after the start, and again by itself after a failure', async () => {
  const { made, clock } = updates();
  made.begin();
  clock.advance(60_000);
  await expect.poll(() => made.state.kind).toBe('failed');
  release('1.1.0');
  const later = () => {
    clock.advance(60_000);
    return made.state.kind;
  };
  await expect.poll(later).toBe('available');
  await made.stop();
});

test('questions spread by 15 % and back off from 5 to 60 minutes', () => {
  const minutes = (failures: number, random = 0.5) => nextCheckMs({ checks: 1, failures }, () => random) / 60_000;
  expect([1, 2, 3, 4, 5, 9].map((failures) => minutes(failures))).toEqual([5, 10, 20, 40, 60, 60]);
  expect([minutes(0, 0), minutes(0), minutes(0, 1)]).toEqual([204, 240, 276]);
  expect(nextCheckMs({ checks: 0, failures: 0 }, () => 0.5)).toBe(60_000);
});
