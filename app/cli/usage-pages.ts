import type { Input, Operations, Output } from '../server/admin/contract.ts';
import { AdminError } from '../server/admin/errors.ts';

type Calls = Output<'listUsage'>;

/** The most that one answer of the API has. */
const pageSize = 1_000;

/** The latest `limit` calls, newest first, asked for page by page. */
export async function listCalls(
  operations: Pick<Operations, 'listUsage'>,
  question: Input<'listUsage'> & { readonly limit: number },
): Promise<Calls> {
  const { limit } = question;
  if (limit <= pageSize) return await operations.listUsage(question);
  const calls: Calls = [];
  for await (const page of pagesOfCalls(operations, question)) {
    calls.push(...page);
    if (calls.length >= limit) break;
  }
  return calls.slice(0, limit);
}

/** All calls that match, newest first, a page at a time: however many there are, only one page is in memory. */
async function* pagesOfCalls(
  operations: Pick<Operations, 'listUsage'>,
  question: Input<'listUsage'>,
): AsyncGenerator<Calls> {
  let page = await operations.listUsage({ ...question, limit: pageSize });
  yield page;
  while (page.length === pageSize) {
    const next = await operations.listUsage({ ...question, limit: pageSize, before: endOf(page) });
    const fresh = newIn(next, page);
    yield fresh;
    page = next.length === pageSize ? next : [];
  }
}

/** Calls of one millisecond may lie on two pages: the next one begins with the last millisecond again. */
function endOf(calls: Calls): number {
  return (calls.at(-1)?.startedAt ?? 0) + 1;
}

function newIn(page: Calls, calls: Calls): Calls {
  const known = new Set(calls.slice(-pageSize).map(({ requestId }) => requestId));
  const fresh = page.filter(({ requestId }) => !known.has(requestId));
  if (fresh.length > 0 || page.length < pageSize) return fresh;
  throw new AdminError('unavailable', 'More calls began in one millisecond than can be listed. Ask for fewer.');
}
