import { once } from 'node:events';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { json } from 'node:stream/consumers';
import type * as z from 'zod';
import {
  errorBody,
  type Operations,
  type Route,
  type RouteName,
  requestFor,
  routes,
} from '../server/admin/contract.ts';
import { exportPath, exportQuestion } from '../server/admin/contract-usage.ts';
import { AdminError } from '../server/admin/errors.ts';

export interface RelayAddress {
  readonly url: string;
  /** The control token of this start. */
  readonly token: string;
}

/** The relay of the data folder, or its store when no relay runs. */
export interface Connection {
  readonly operations: Operations;
  /** Calls as a file, piece by piece. */
  exportUsage(question: z.input<typeof exportQuestion>): AsyncIterable<string>;
}

/** Nobody listens at the address. */
export class RelayUnreachable extends Error {
  constructor(cause: unknown) {
    super('No relay answers at its address', { cause });
    this.name = 'RelayUnreachable';
  }
}

type Fields = Readonly<Record<string, unknown>>;

const timeoutMs = 15_000;
/** A test makes a real upstream request, and a thinking model may take long. */
const testTimeoutMs = 180_000;

/** The contract's operations, answered by a running relay. */
export function overHttp(relay: RelayAddress): Operations {
  const names = Object.keys(routes).filter(isRouteName);
  const over = (name: RouteName) => {
    const route: Route = routes[name];
    return (input: Fields) => callRelay(relay, route, input);
  };
  // One function for each name of the contract's table, so it has the table's type.
  return Object.fromEntries(names.map((name) => [name, over(name)])) as unknown as Operations;
}

function isRouteName(name: string): name is RouteName {
  return Object.hasOwn(routes, name);
}

/** One call of the admin API. Throws what the relay refused with as the `AdminError` it was there. */
export async function callRelay<Output extends z.ZodType>(
  relay: RelayAddress,
  route: Route<z.ZodType, Output>,
  input: Fields,
): Promise<z.output<Output>> {
  const { method, path, body } = requestFor(route, input);
  const response = await send(`${relay.url}${path}`, {
    ...{ method, body },
    headers: { authorization: `Bearer ${relay.token}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(asksUpstream(route) ? testTimeoutMs : timeoutMs),
  });
  const answer = await answerOf(response);
  if (isOk(response)) return read(route.output, answer);
  throw toRefusal(response, answer);
}

/** Undefined when it is no JSON. */
async function answerOf(response: IncomingMessage): Promise<unknown> {
  return await json(response).catch(() => undefined);
}

function isOk({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function toRefusal({ statusCode }: IncomingMessage, answer: unknown): AdminError {
  const refusal = errorBody.safeParse(answer);
  if (refusal.success) return new AdminError(refusal.data.error.kind, refusal.data.error.message);
  return new AdminError('unavailable', `The relay answered with status ${statusCode} and no reason.`);
}

/** Calls as a file, as the relay streams it. Ends with `unavailable` when it breaks off. */
export async function* exportFrom(
  relay: RelayAddress,
  question: Readonly<Record<string, unknown>>,
): AsyncGenerator<string> {
  const route: Route = { method: 'GET', path: exportPath, input: exportQuestion, output: exportQuestion };
  const { path } = requestFor(route, question);
  const headers = { authorization: `Bearer ${relay.token}` };
  // No time limit for the whole: a reader may be slow.
  const response = await send(`${relay.url}${path}`, { headers });
  if (!isOk(response)) throw toRefusal(response, await answerOf(response));
  try {
    for await (const piece of response.setEncoding('utf8')) yield String(piece);
  } catch (error) {
    throw new AdminError('unavailable', 'The relay broke off in the middle of the file: it is not whole.', {
      cause: error,
    });
  }
}

function asksUpstream({ method, path }: Route): boolean {
  return method === 'POST' && /\/(?:test|proxy-test|refresh|finish|linked-logins|prices\/check)$/.test(path);
}

function read<Output extends z.ZodType>(schema: Output, answer: unknown): z.output<Output> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new AdminError(
    'unavailable',
    'The relay answered in a way that this command does not know: they may be of different versions. Restart the relay.',
    { cause: parsed.error },
  );
}

interface Asked extends RequestOptions {
  readonly body?: string | undefined;
}

/** By Node's own client, because `fetch` takes longer to load than most commands to run. Follows no redirect. */
async function send(url: string, { body, ...options }: Asked): Promise<IncomingMessage> {
  // What breaks after the answer began breaks the answer too, and is told by it.
  const asked = request(url, options).on('error', () => undefined);
  // Node leaves it out where a method usually has no body.
  if (body !== undefined) asked.setHeader('content-length', Buffer.byteLength(body));
  try {
    const answered = once(asked, 'response');
    asked.end(body);
    const [response] = await answered;
    return response;
  } catch (error) {
    if (options.signal?.aborted) {
      throw new AdminError('unavailable', 'The relay runs but did not answer in time. Look at its log, or restart it.');
    }
    throw new RelayUnreachable(error);
  }
}
