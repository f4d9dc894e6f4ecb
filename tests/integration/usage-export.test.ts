import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { openStore } from '../../app/store/open.ts';
import { bundledPrices, settledCall } from '../../app/usage/__fixtures__/calls.ts';
import { UsageRepository } from '../../app/usage/repository.ts';
import { toRow, toValues, usageColumns } from '../../app/usage/row.ts';
import { fillWithCalls } from '../support/many-calls.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { eventually, TestApp } from '../support/test-app.ts';
import { run, ServeProcess } from './cli-run.ts';

const prices = bundledPrices();
const from = Date.UTC(2026, 8, 1);

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

afterEach(() => vi.restoreAllMocks());

async function open(relay: TestApp, query: string): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${relay.app.controlToken}` };
  const request = get(`http://127.0.0.1:${relay.port}/admin/api/usage/export${query}`, { headers });
  const [response] = await once(request, 'response');
  return response;
}

/** The repository's own pages, counted. */
function countedPages() {
  let pages = 0;
  let isOver = false;
  const real = UsageRepository.prototype.pages;
  vi.spyOn(UsageRepository.prototype, 'pages').mockImplementation(async function* (this: UsageRepository, ...given) {
    try {
      for await (const page of real.apply(this, given)) {
        pages += 1;
        yield page;
      }
    } finally {
      isOver = true;
    }
  });
  return { pages: () => pages, isOver: () => isOver };
}

test('100,000 calls are streamed: nothing is read for a reader that waits, and memory does not grow with them', async () => {
  await using relay = await TestApp.start();
  await fillWithCalls(relay.app.parts.store, { from, count: 100_000 });
  const counted = countedPages();
  const response = await open(relay, '');
  expect(response.headers['content-type']).toBe('text/csv; charset=utf-8');
  // Nobody reads: what the sockets take is read and no more.
  let before = -1;
  for (let quiet = 0; quiet < 300; quiet = before === counted.pages() ? quiet + 1 : 0) {
    before = counted.pages();
    await nextTurn();
  }
  // As much as the system's buffers for both ends of a socket can hold, which is far from all.
  expect(before).toBeLessThan(250);
  collectGarbage();
  const heapBefore = process.memoryUsage().heapUsed;
  let [lines, most, pieces] = [0, 0, 0];
  response.setEncoding('latin1');
  for await (const piece of response) {
    // A piece may end between the two characters of a line's end.
    lines += String(piece).split('\n').length - 1;
    // What nobody holds any more is no growth, however late it is collected.
    pieces += 1;
    if (pieces % 50 !== 0) continue;
    collectGarbage();
    most = Math.max(most, process.memoryUsage().heapUsed - heapBefore);
  }
  expect([lines, counted.pages(), counted.isOver()]).toEqual([100_001, 500, true]);
  expect(pieces).toBeGreaterThan(100);
  expect(most / 1024 / 1024).toBeLessThan(40);
}, 60_000);

test('who goes away in the middle stops it', async () => {
  await using relay = await TestApp.start();
  await fillWithCalls(relay.app.parts.store, { from, count: 30_000 });
  const counted = countedPages();
  const response = await open(relay, '?format=json');
  await once(response, 'readable');
  response.destroy();
  await eventually(() => counted.isOver());
  expect(counted.pages()).toBeLessThan(150);
});

test('needs the admin, and says what it cannot do in JSON', async () => {
  await using relay = await TestApp.start();
  const ask = async (path: string, headers: Record<string, string>) =>
    (await relay.request({ path: `/admin/api/usage/export${path}`, headers })).status;
  const own = { authorization: `Bearer ${relay.app.controlToken}` };
  expect(await ask('', {})).toBe(401);
  expect(await ask('', { 'x-api-key': relay.secret })).toBe(401);
  expect(await ask('?format=xml', own)).toBe(400);
  expect(await ask('?limit=1', own)).toBe(400);
  expect(await ask('', own)).toBe(200);
});

test.each([
  ['without a relay', false],
  ['through a running relay', true],
])('%s the command writes what was asked for, and nothing that a spreadsheet would run', async (_how, isRunning) => {
  const dataDir = temporaryFolder();
  const store = await openStore({ engine: 'sqlite', file: `${dataDir}/waystation.sqlite` });
  const insert = store.prepareInsert('usage', usageColumns);
  const evil = ['=HYPERLINK("x")', '+1', '-1', '@sum', '\tx', 'plain, "quoted"'];
  for (const [index, model] of evil.entries())
    await insert(toValues(toRow(settledCall(`req_${index}`, { model, startedAt: from, project: model }), prices)));
  await insert(toValues(toRow(settledCall('req_old', { startedAt: from - 1 }), prices)));
  await store.close();
  await using stack = new AsyncDisposableStack();
  if (isRunning) stack.use(await ServeProcess.start(dataDir));
  const words = ['usage', 'export', '--since', String(from)];
  const csv = (await run(words, { dataDir })).stdout.split('\r\n');
  expect(csv).toHaveLength(evil.length + 2);
  expect(csv[0]).toMatch(/^requestId,startedAt,/);
  expect(csv.slice(1, -1).every((line) => !/(^|,)"?[=+\-@\t]/.test(line))).toBe(true);
  expect(csv[1]).toContain('"plain, ""quoted"""');
  expect(csv[6]).toContain(`"'=HYPERLINK(""x"")"`);
  const json = z.array(z.object({ requestId: z.string(), model: z.string() }));
  const calls = json.parse(JSON.parse((await run([...words, '--format', 'json'], { dataDir })).stdout));
  expect(calls.map(({ model }) => model)).toEqual(evil.toReversed());
  expect(
    json.parse(JSON.parse((await run(['usage', 'export', '--key', 'key_none', '--json'], { dataDir })).stdout)),
  ).toEqual([]);
});
