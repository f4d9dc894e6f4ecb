import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { noUsage, type Usage } from '../domain/usage.ts';
import { busy, noOtherClasses, openedCall, settledCall, startedAt } from './__fixtures__/calls.ts';
import { prices, RecorderRig, setting } from './__fixtures__/recorder-rig.ts';

let rig: RecorderRig;
beforeEach(async () => {
  rig = await RecorderRig.open();
});
afterEach(() => rig.close());

describe('a settled call', () => {
  test('is in SQL when record returns, with its cost and the price that made it', async () => {
    rig.recorder.opened(openedCall('req_1'));
    rig.recorder.attempting('req_1', 'acc_1');
    expect(rig.recorder.record(settledCall('req_1'))).toBeUndefined();
    expect(await rig.rows()).toEqual([
      {
        ...{
          requestId: 'req_1',
          startedAt,
          durationMs: 1_200,
          firstByteMs: 301,
          keyId: 'key_1',
          memberId: null,
          accountId: 'acc_1',
        },
        ...{ protocol: 'anthropic', route: '/v1/messages', model: 'claude-opus-5-5', upstreamModel: null },
        ...{ status: 'completed', httpStatus: 200, errorKind: null, basis: 'reported' },
        ...{ inputTokens: 1_000, outputTokens: 500, cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 },
        ...{ thinkingTokens: 0, webSearchRequests: 0, ...noOtherClasses, costNanoUsd: 14_000_000 },
        ...{ billedNanoUsd: 14_000_000, multiplier: 1 },
        price: {
          ...{ model: 'claude-opus-5-5', version: prices.version, isLongContext: false, input: 4_000, output: 20_000 },
          ...{ cacheRead: 200, cacheWrite5m: 5_000, cacheWrite1h: 8_000, webSearch: 10_000_000 },
          ...{ speedPercent: 100, tierPercent: 100, geographyPercent: 100 },
        },
        attempts: [{ accountId: 'acc_1', startedAt, durationMs: 1_100, status: 200 }],
        explanation: { sticky: 'none', verdicts: [{ accountId: 'acc_1', rank: 0, priority: 50, load: 0 }] },
        ...{ session: 'session-digest', userAgent: 'test/1.0', project: null },
      },
    ]);
  });

  test('keeps what it cost and what its key pays, also where nothing is known of the price or nothing was used', async () => {
    rig.settle(settledCall('req_1', { multiplier: 1.5 }));
    rig.settle(settledCall('req_2', { multiplier: 0.000_001 }));
    rig.settle(settledCall('req_3', { multiplier: 2, model: 'unheard-of' }));
    rig.settle(settledCall('req_4', { multiplier: 2, usage: noUsage, status: 'failed' }));
    const rows = new Map((await rig.rows()).map((row) => [row.requestId, row]));
    expect(rows.get('req_1')).toMatchObject({ costNanoUsd: 14_000_000, billedNanoUsd: 21_000_000, multiplier: 1.5 });
    expect(rows.get('req_2')).toMatchObject({ costNanoUsd: 14_000_000, billedNanoUsd: 14 });
    expect(rows.get('req_3')).toMatchObject({ costNanoUsd: null, billedNanoUsd: null, multiplier: 2 });
    expect(rows.get('req_4')).toMatchObject({ costNanoUsd: 0, billedNanoUsd: 0, multiplier: 2 });
  });

  test('is priced by the model that went upstream', async () => {
    rig.settle(settledCall('req_1', { model: 'my-alias', upstreamModel: 'claude-haiku-4-5' }));
    expect(await rig.rows()).toMatchObject([
      { model: 'my-alias', upstreamModel: 'claude-haiku-4-5', costNanoUsd: 3_500_000 },
    ]);
  });

  test('Q09 unknown-model-price: of a deployment is priced by the model that the answer named', async () => {
    const usage = { ...settledCall('req_1').usage, servedModel: 'gpt-5.4-2026-03-05' };
    rig.settle(settledCall('req_1', { model: 'our-deployment', usage }));
    rig.settle(settledCall('req_2', { model: 'gpt-5.4-2026-03-05', usage }));
    rig.settle(settledCall('req_3', { model: 'claude-haiku-4-5', usage }));
    expect(await rig.rows()).toMatchObject([
      { costNanoUsd: 3_500_000, servedModel: 'gpt-5.4-2026-03-05' },
      { costNanoUsd: 10_000_000, servedModel: null },
      { costNanoUsd: 10_000_000, servedModel: 'gpt-5.4-2026-03-05' },
    ]);
  });

  test('Q10 cache-5m-1h-split: keeps every class that has a price of its own', async () => {
    const usage: Usage = {
      ...{ ...noUsage, basis: 'reported', inputTokens: 9, outputTokens: 8, cacheReadTokens: 7 },
      ...{ audioInputTokens: 1, audioCacheReadTokens: 2, audioOutputTokens: 3, imageInputTokens: 4 },
      ...{ imageOutputTokens: 5, images: 6, toolRequests: { 'file-search': 7 }, serviceTier: 'default' },
      ...{ speed: 'standard', inferenceGeo: 'us', anomalies: ['part-exceeds-total'] },
    };
    rig.settle(settledCall('req_1', { model: 'gpt-audio', usage }));
    const { basis: _, ...stored } = usage;
    expect(await rig.rows()).toMatchObject([{ ...stored, costNanoUsd: null }]);
  });

  test('Q09 unknown-model-price: has neither cost nor price when its model is unknown', async () => {
    rig.settle(settledCall('req_1', { model: 'claude-opus-9' }));
    expect(await rig.rows()).toMatchObject([{ inputTokens: 1_000, costNanoUsd: null, price: null }]);
  });

  test('has no cost when the upstream named a speed that has no published price', async () => {
    const usage = { ...settledCall('req_1').usage, speed: 'fast' };
    rig.settle(settledCall('req_1', { model: 'claude-haiku-4-5', usage }));
    expect(await rig.rows()).toMatchObject([{ costNanoUsd: null, price: null }]);
  });

  test('that consumed nothing costs nothing, whatever its model', async () => {
    rig.settle(settledCall('req_1', { model: 'unheard-of', status: 'failed', usage: noUsage }));
    expect(await rig.rows()).toMatchObject([{ costNanoUsd: 0, price: null }]);
  });

  test('with numbers and texts that no database takes is stored all the same', async () => {
    const usage = {
      ...noUsage,
      basis: 'reported' as const,
      inputTokens: Number.NaN,
      outputTokens: -5,
      cacheReadTokens: 2 ** 60,
    };
    rig.settle(settledCall('req_1', { usage, model: `m\0${'x'.repeat(10_000)}`, durationMs: Infinity }));
    expect(await rig.rows()).toMatchObject([
      { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, durationMs: 0, model: expect.stringMatching(/^mx{498}$/) },
    ]);
  });

  test('carries other statements in its own transaction', async () => {
    await rig.recorder.record(settledCall('req_1'), [setting('health')]);
    expect(await rig.settingNames()).toEqual(['health']);
    expect(await rig.rows()).toHaveLength(1);
  });

  test('is stored without the other statements when those can never be', async () => {
    await rig.recorder.record(settledCall('req_1'), [setting('twice'), setting('twice')]);
    rig.clock.advance(60_000);
    await rig.untilWritten();
    expect(await rig.rows()).toHaveLength(1);
    expect(await rig.settingNames()).toEqual([]);
  });
});

describe('Q06 settle-once', () => {
  const late = () => settledCall('req_1', { usage: { ...settledCall('req_1').usage, outputTokens: 9_999 } });

  test('Q06 settle-once: a second finish, late usage and a retry after settling change nothing', async () => {
    rig.recorder.opened(openedCall('req_1'));
    rig.settle(settledCall('req_1'));
    rig.settle(settledCall('req_1'));
    rig.settle(late());
    await rig.recorder.record(late(), [setting('health')]);
    rig.recorder.opened(openedCall('req_1'));
    rig.settle(late());
    expect(await rig.rows()).toMatchObject([{ requestId: 'req_1', outputTokens: 500 }]);
    expect(rig.warnings).toEqual([]);
  });

  test('Q06 settle-once: also when the database is busy at the first, the second or both', async () => {
    rig.database.failWith(busy);
    rig.settle(settledCall('req_1'));
    rig.settle(late());
    rig.database.failWith(undefined);
    rig.settle(late());
    rig.clock.advance(1_000);
    await rig.untilWritten();
    expect(await rig.rows()).toMatchObject([{ requestId: 'req_1', outputTokens: 500 }]);
  });

  test('Q06 settle-once: also across a restart in the middle', async () => {
    rig.database.failWith(busy);
    rig.recorder.opened(openedCall('req_1'));
    rig.settle(settledCall('req_1'));
    rig.database.failWith(undefined);
    const next = await rig.open();
    rig.settle(late(), next);
    await next.close();
    expect(await rig.rows()).toMatchObject([{ requestId: 'req_1', outputTokens: 500, status: 'completed' }]);
  });
});
