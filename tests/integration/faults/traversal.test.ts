import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exchange } from '../../support/raw-http.ts';
import { TestApp } from '../../support/test-app.ts';

const canary = 'CANARY-outside-the-root';
const target = 'secrets-of-somebody';
const windowsNames = ['CON', 'NUL', 'aux.txt', 'COM1', 'index.html::$DATA', 'index.html.', 'index.html%20'];
const steps = [
  ...['../', '..%2f', '%2e%2e/', '%2e%2e%2f', '..%5c', '..\\', '%252e%252e%252f', '..%252f', '.%2e/', '%2e./'],
  ...['..;/', '..%00/', '..%c0%af', '..%ef%bc%8f', '....//', '..//', './../', '%2e%2e%5c', '..%u2215', '\u2025/'],
  ...['/../', '//..//', '..%2f..%2f', '%2f..%2f', 'assets/../../', 'assets/..%2f..%2f', '..%0d%0a/', '..%09/'],
  ...['..#/', '..?/', '%5c..%5c', '..%e0%80%af', '..%f0%80%80%af'],
];
/** As a client writes them, one byte for one character. */
const spellings = [
  ...steps.flatMap((step) => [`${step.repeat(4)}package.json`, `${step.repeat(8)}${target}.txt`]),
  ...windowsNames,
  '/etc/passwd',
  '//etc/passwd',
  'C:%5cWindows%5cwin.ini',
  'file:///etc/passwd',
];
const outside = /CANARY|"waystation"|root:.*:0:0|\[fonts\]/;

test('P04 traversal: 77 spellings lead nowhere outside the pages, and never to a failure of ours', async () => {
  await using relay = await TestApp.start({ upstreams: 1 });
  writeFileSync(join(relay.dataDir, `${target}.txt`), canary);
  expect(spellings.length).toBeGreaterThan(40);
  for (const root of ['/admin/', '/me/', '/join/', '/admin/assets/']) {
    for (const spelling of spellings) {
      const asked = `GET ${root}${spelling} HTTP/1.1\r\nhost: 127.0.0.1:${relay.port}\r\nconnection: close\r\n\r\n`;
      const { status, body } = await exchange(relay.port, Buffer.from(asked, 'latin1'));
      const answered = `${root}${spelling}: ${status}`;
      expect(status, answered).toBeGreaterThanOrEqual(200);
      expect(status, answered).toBeLessThan(500);
      expect(outside.test(body.toString('latin1')), answered).toBe(false);
    }
  }
});

test('P04 traversal: only a backup of ours is downloaded, whatever its name is written like', async () => {
  await using relay = await TestApp.start({ upstreams: 1 });
  const folder = join(relay.dataDir, 'backups');
  mkdirSync(folder);
  writeFileSync(join(relay.dataDir, `${target}.txt`), canary);
  writeFileSync(join(folder, `${target}.txt`), canary);
  symlinkSync(join(relay.dataDir, `${target}.txt`), join(folder, 'waystation-2026-01-01T00-00-00-000Z.backup'));
  const names = [...spellings, `${target}.txt`, 'waystation-2026-01-01T00-00-00-000Z.backup'];
  for (const name of names) {
    const asked = [
      `GET /admin/api/backups/${name}/file HTTP/1.1`,
      `host: 127.0.0.1:${relay.port}`,
      ...[`authorization: Bearer ${relay.app.controlToken}`, 'connection: close', '', ''],
    ];
    const { status, body } = await exchange(relay.port, Buffer.from(asked.join('\r\n'), 'latin1'));
    expect(status, name).toBeGreaterThanOrEqual(400);
    expect(status, name).toBeLessThan(500);
    expect(outside.test(body.toString('latin1')), name).toBe(false);
  }
  expect(readFileSync(join(relay.dataDir, `${target}.txt`), 'utf8')).toBe(canary);
});
