import type * as z from 'zod';
import {
  type AdminErrorKind,
  accessRoutes,
  backgroundHeader,
  csrfHeader,
  errorBody,
  type Input,
  type Output,
  type Route,
  type RouteName,
  requestFor,
  routes,
} from '../../app/server/admin/contract.ts';

/** `unreachable`: no answer at all; `unreadable`: an answer that the contract does not know. */
export type FailureKind = AdminErrorKind | 'unreachable' | 'unreadable';

export class ApiFailure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.name = 'ApiFailure';
    this.kind = kind;
  }
}

const patienceMs = 10_000;

export interface CallOptions {
  /** Nobody caused it: it does not keep the session from locking. */
  readonly isBackground?: boolean;
}

/** One call of the admin API, typed by its route's name. Throws `ApiFailure`. */
export async function callApi<Name extends RouteName>(
  name: Name,
  input: Input<Name>,
  options: CallOptions = {},
): Promise<Output<Name>> {
  const route: Route = routes[name];
  // The route's own schema parsed it, which the generic signature cannot express.
  return (await send(route, input, options)) as Output<Name>;
}

/** Turns the one-time ticket into this browser's session cookie. */
export async function exchangeTicket(ticket: string): Promise<void> {
  await send(accessRoutes.openSession, { ticket });
}

/** The other way in, where the owner allows it. */
export async function exchangePassword(password: string): Promise<void> {
  await send(accessRoutes.openSession, { password });
}

/** Whether a password may be typed at all. */
export async function askForPasswords(): Promise<boolean> {
  const state = (await send(accessRoutes.showSession, {})) as z.output<(typeof accessRoutes.showSession)['output']>;
  return state.takesPassword;
}

/** Everything stays as it is, behind the sign-in. */
export async function lockSession(): Promise<void> {
  await send(accessRoutes.lockSession, {});
}

async function send(
  route: Route,
  input: Readonly<Record<string, unknown>>,
  { isBackground = false }: CallOptions = {},
): Promise<unknown> {
  const { method, path, body } = requestFor(route, input);
  const headers = {
    [csrfHeader]: '1',
    ...(isBackground && { [backgroundHeader]: '1' }),
    ...(body && { 'content-type': 'application/json' }),
  };
  const response = await reach(path, { method, headers, ...(body && { body }) });
  const answer = await readJson(response);
  if (!response.ok) throw refusalOf(answer, response.status);
  const parsed = route.output.safeParse(answer);
  if (!parsed.success) throw new ApiFailure('unreadable', parsed.error.message);
  return parsed.data;
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, credentials: 'same-origin', signal: AbortSignal.timeout(patienceMs) });
  } catch (error) {
    throw new ApiFailure('unreachable', error instanceof Error ? error.message : String(error));
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

function refusalOf(answer: unknown, status: number): ApiFailure {
  const parsed = errorBody.safeParse(answer);
  if (parsed.success) return new ApiFailure(parsed.data.error.kind, parsed.data.error.message);
  return new ApiFailure(status === 401 ? 'signed-out' : 'unreadable', `HTTP ${status}`);
}
