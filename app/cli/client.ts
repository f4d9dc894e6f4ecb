import type * as z from 'zod';
import {
  errorBody,
  type Operations,
  type Route,
  type RouteName,
  requestFor,
  routes,
} from '../server/admin/contract.ts';
import { AdminError } from '../server/admin/errors.ts';

export interface RelayAddress {
  readonly url: string;
  /** The control token of this start. */
  readonly token: string;
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
    method,
    redirect: 'error',
    headers: { authorization: `Bearer ${relay.token}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(asksUpstream(route) ? testTimeoutMs : timeoutMs),
    ...(body === undefined ? {} : { body }),
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return read(route.output, answer);
  const refusal = errorBody.safeParse(answer);
  if (refusal.success) throw new AdminError(refusal.data.error.kind, refusal.data.error.message);
  throw new AdminError('unavailable', `The relay answered with status ${response.status} and no reason.`);
}

function asksUpstream({ method, path }: Route): boolean {
  return method === 'POST' && /\/(?:test|refresh|finish|linked-logins)$/.test(path);
}

function read<Output extends z.ZodType>(schema: Output, answer: unknown): z.output<Output> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new AdminError(
    'unavailable',
    'The relay answered in a way that this command does not know: they may be of different versions. Restart the relay.',
    parsed.error,
  );
}

async function send(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') {
      throw new AdminError('unavailable', 'The relay runs but did not answer in time. Look at its log, or restart it.');
    }
    throw new RelayUnreachable(error);
  }
}
