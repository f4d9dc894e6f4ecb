/** Plans to begin with, in the words of `--limit`; their days are those of who takes one. The page and the command line offer the same. */
export const planTemplates = [
  {
    name: 'Guest',
    note: 'somebody who tries it out',
    limits: ['requests=10/minute', 'cost=2usd/day'],
    maxConcurrent: 1,
  },
  {
    name: 'Developer',
    note: 'a person who works with it all day',
    limits: ['cost=20usd/day', 'cost=200usd/month'],
    maxConcurrent: 6,
  },
  {
    name: 'CI',
    note: 'jobs that run by themselves',
    limits: ['requests=60/minute', 'cost=10usd/day,strict'],
    maxConcurrent: 4,
  },
] as const;
