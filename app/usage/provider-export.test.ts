import { describe, expect, test } from 'vitest';
import { readExport, UnreadableExport } from './provider-export.ts';
import { reconcile } from './reconcile.ts';
import type { UsageSummary } from './summary.ts';

/** As Anthropic's console exports it, with made-up names. */
const anthropic = `usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count,inference_geo,speed
2026-11-20,claude-sonnet-4-5-20250929,desk,Default,standard,≤ 200k,1000,10,20,5000,300,0,global,standard
2026-11-20,claude-sonnet-4-5-20250929,"desk, two",Default,standard,> 200k,"2,000",0,0,0,100,0,global,standard
2026-11-21,claude-opus-5-5,desk,Default,standard,≤ 200k,7,0,0,0,9,0,global,standard
`;

/** As OpenAI's dashboard exports buckets of a day. */
const openai = `start_time,end_time,model,num_model_requests,input_tokens,input_cached_tokens,output_tokens
1795132800,1795219200,gpt-5.4,12,1000,400,50
`;

function summary(group: string, per: string, sums: Partial<UsageSummary>): UsageSummary {
  const none = { calls: 1, failedCalls: 0, unpricedCalls: 0, inputTokens: 0, outputTokens: 0, cacheReadTokens: 0 };
  const rest = {
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    thinkingTokens: 0,
    webSearchRequests: 0,
    costNanoUsd: 0,
    billedNanoUsd: 0,
  };
  return { ...none, ...rest, group, per, ...sums };
}

describe('a vendor’s export', () => {
  test('is added up by day and model, without the date in a model’s name', () => {
    expect(readExport(anthropic)).toEqual([
      {
        day: '2026-11-20',
        model: 'claude-sonnet-4-5',
        sums: {
          ...{ calls: undefined, inputTokens: 3_000, cacheReadTokens: 5_000, cacheWriteTokens: 30, outputTokens: 400 },
          costNanoUsd: undefined,
        },
      },
      {
        day: '2026-11-21',
        model: 'claude-opus-5-5',
        sums: {
          ...{ calls: undefined, inputTokens: 7, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 9 },
          costNanoUsd: undefined,
        },
      },
    ]);
  });

  test('counts what came from the cache once, where input includes it', () => {
    const [only] = readExport(openai);
    expect(only).toMatchObject({ day: '2026-11-20', model: 'gpt-5.4' });
    expect(only?.sums).toMatchObject({ calls: 12, inputTokens: 600, cacheReadTokens: 400, outputTokens: 50 });
  });

  test.each([
    ['', /It has: nothing/],
    ['a,b\n1,2\n', /It has: a, b/],
    ['date,model,input_tokens\nsoon,m,1\n', /Line 2: date is no date/],
    ['date,model,input_tokens\n2026-11-20,m,many\n', /Line 2: input_tokens is no number/],
    ['date,model,input_tokens\n"2026-11-20,m,1\n', /not CSV/],
  ])('that cannot be read says why: %j', (text, message) => {
    expect(() => readExport(text)).toThrow(UnreadableExport);
    expect(() => readExport(text)).toThrow(message);
  });
});

describe('reconciling', () => {
  const ours = [
    summary('2026-11-20', 'claude-sonnet-4-5', { inputTokens: 2_990, cacheReadTokens: 5_000, outputTokens: 400 }),
    summary('2026-11-20', 'claude-sonnet-4-5-20250929', {
      inputTokens: 10,
      cacheWrite5mTokens: 10,
      cacheWrite1hTokens: 20,
    }),
    summary('2026-11-20', 'claude-refused-1', { calls: 4 }),
  ];

  test('agrees where both count the same, whatever the model was called', () => {
    const [first] = reconcile(readExport(anthropic), ours, 0);
    expect(first).toMatchObject({ day: '2026-11-20', model: 'claude-sonnet-4-5', differs: [] });
  });

  test('finds what only one side has, and nothing in calls that used nothing', () => {
    const found = reconcile(readExport(anthropic), ours, 0.01);
    expect(found.map(({ model, differs }) => [model, differs])).toEqual([
      ['claude-sonnet-4-5', []],
      ['claude-opus-5-5', ['inputTokens', 'outputTokens']],
    ]);
  });

  test('leaves out what the export does not tell, and forgives what the tolerance covers', () => {
    const close = [
      summary('2026-11-20', 'gpt-5.4', {
        calls: 12,
        inputTokens: 606,
        cacheReadTokens: 400,
        outputTokens: 50,
        costNanoUsd: 5,
      }),
    ];
    expect(reconcile(readExport(openai), close, 0.01)).toMatchObject([{ differs: [] }]);
    expect(reconcile(readExport(openai), close, 0.005)).toMatchObject([{ differs: ['inputTokens'] }]);
  });
});
