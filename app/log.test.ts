import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { redact } from './domain/redaction.ts';
import { createLoggers } from './log.ts';

const canaries = [
  'wsk_CANARYcanaryCANARYcanaryCANARYcanaryCANARY01',
  'sk-ant-api03-CANARY-canary_CANARY',
  'sk-proj-CANARYcanary1234',
  'AIzaCANARYcanaryCANARYcanaryCANARYcana',
  'eyJCANARYcanary.eyJCANARYcanary.CANARY-signature',
] as const;

test.each(canaries)('D23 log-canary: %s never reaches a log line', (canary) => {
  for (const text of [
    canary,
    `x-api-key: ${canary}`,
    `{"secret":"${canary}"}`,
    `/v1?key=${canary}&x=1`,
    `Bearer ${canary}`,
  ]) {
    expect(redact(text)).not.toMatch(/CANARY/i);
  }
});

test('D23 log-canary: passwords in addresses and header values are redacted, the rest stays readable', () => {
  expect(redact('proxy socks5://ann:CANARYpass@10.0.0.1:1080 refused')).toBe(
    'proxy socks5://ann:[redacted]@10.0.0.1:1080 refused',
  );
  expect(redact('cookie: session=CANARY; rest')).not.toContain('CANARY');
  expect(redact('req_1 completed 200 messages claude-x key=key_1 account=acc_1 tokens=12+0r+0w>3 40ms')).toBe(
    'req_1 completed 200 messages claude-x key=key_1 account=acc_1 tokens=12+0r+0w>3 40ms',
  );
});

test('a log line is redacted in message and fields, and stays one line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waystation-log-'));
  const loggers = createLoggers({ folder, level: 'info' });
  loggers.of('relay').info(`hello ${canaries[0]}\nsecond`, { error: `x-api-key: ${canaries[1]}` });
  loggers.of('relay').debug('too quiet to be written');
  await loggers.close();
  const lines = readFileSync(join(folder, 'waystation.log'), 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\S+Z info relay: hello wsk_\[redacted\]\\nsecond /);
  expect(lines[0]).not.toMatch(/CANARY/);
});

test('a line that comes after closing is dropped', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waystation-log-'));
  const loggers = createLoggers({ folder, level: 'info' });
  loggers.of('app').info('first');
  await loggers.close();
  loggers.of('app').warn('too late');
  expect(readFileSync(join(folder, 'waystation.log'), 'utf8')).toMatch(/^\S+Z info app: first\n$/);
});

test('lines of calls are redacted, stay one line each, and are all there after closing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waystation-log-'));
  const loggers = createLoggers({ folder, level: 'info' });
  for (let count = 0; count < 450; count += 1)
    loggers.call(`req_${count} ${canaries[count % canaries.length]}\nsecond`);
  await loggers.close();
  const lines = readFileSync(join(folder, 'waystation.log'), 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(450);
  expect(lines.map((line) => /^\S+Z info relay: (req_\d+) /.exec(line)?.[1])).toEqual(
    Array.from({ length: 450 }, (_, count) => `req_${count}`),
  );
  expect(lines.join()).not.toMatch(/CANARY/);
});
