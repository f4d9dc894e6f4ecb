import type { Migration } from './migrator.ts';

/** Clouds became services of their own: whoever may use the API that they serve may use them as before. */
const withClouds = `replace(replace(services, '"openai"', '"openai","azure"'), '"anthropic"', '"anthropic","bedrock"')`;

/** Of the rows of calls that were tried twice at a time: few, and their losers cost other accounts than the row’s. */
export const hasLoser = `attempts like '%"isCancelled":true%'`;

/** Which services a key may use, what a batch is billed with, and who pays for a try that another one beat. */
export const whoPays: Migration = {
  id: '0053-who-pays',
  statements: [
    `update keys set services = ${withClouds}`,
    `update plans set services = ${withClouds}`,
    'alter table server_state add column multiplier double precision',
    `create index usage_with_loser on usage (started_at) where ${hasLoser}`,
  ],
};
