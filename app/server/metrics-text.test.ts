import { expect, test } from 'vitest';
import { noSums } from '../usage/summary.ts';
import { metricsText } from './metrics-text.ts';

test('each account and model has its lines, names are escaped, and dollars are exact to the last digit', () => {
  const sums = { ...noSums, calls: 3, failedCalls: 1, inputTokens: 7, costNanoUsd: 1_234_567_890_123 };
  const text = metricsText({
    version: '1.2.3',
    sums: [
      { group: 'acc_1', per: 'claude-x', ...sums },
      { group: null, per: 'a\\b', ...noSums, calls: 1, costNanoUsd: 7 },
    ],
    names: new Map([['acc_1', 'my "best"\none']]),
  });
  const account = 'account="my \\"best\\"\\none",account_id="acc_1",model="claude-x"';
  const lines = text.split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'waystation_build_info{version="1.2.3"} 1',
      '# TYPE waystation_requests_today gauge',
      `waystation_requests_today{${account}} 3`,
      `waystation_failed_requests_today{${account}} 1`,
      `waystation_tokens_today{${account},kind="input"} 7`,
      `waystation_cost_usd_today{${account}} 1234.567890123`,
      'waystation_cost_usd_today{account="",account_id="",model="a\\\\b"} 0.000000007',
    ]),
  );
  // What the format wants: one type for each name, and an end.
  const typed = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2]);
  expect([new Set(typed).size, text.endsWith('\n')]).toEqual([typed.length, true]);
  const line = /^(?:# (?:HELP|TYPE) waystation_\w+ .+|waystation_\w+\{(?:\w+="(?:[^"\\]|\\.)*",?)*\} [\d.]+|)$/;
  expect(lines.filter((one) => !line.test(one))).toEqual([]);
});
