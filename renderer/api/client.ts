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
import { type Choice, type Chosen, type Trouble, waitingRoutes } from '../../app/server/admin/contract-waiting.ts';

/** `unreachable`: no answer at all; `unreadable`: an answer that the contract does not know. */
export type FailureKind = AdminErrorKind | 'unreachable' | 'unreadable';

type Issues = z.output<typeof errorBody>['error']['issues'];

export class ApiFailure extends Error {
  readonly kind: FailureKind;
  /** What is wrong with which field of the input. */
  readonly issues: Issues;

  constructor(kind: FailureKind, message: string, issues?: Issues) {
    super(message);
    this.name = 'ApiFailure';
    this.kind = kind;
    this.issues = issues;
  }
}

const usualPatienceMs = 10_000;

/** The system's own prompt for the keychain stays open for a minute. */
const startPatienceMs = 90_000;

export interface CallOptions {
  /** Nobody caused it: it does not keep the session from locking. */
  readonly isBackground?: boolean;
  readonly patienceMs?: number;
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
export async function exchangeTicket(ticket: string): Promise<{ readonly isWaiting: boolean }> {
  const opened = (await send(accessRoutes.openSession, { ticket })) as z.output<typeof accessRoutes.openSession.output>;
  return { isWaiting: opened.isWaiting === true };
}

/** What the relay has to know before it can start. */
export async function askWaiting(): Promise<Trouble> {
  return (await send(waitingRoutes.showWaiting, {})) as Trouble;
}

/** It may take as long as the relay needs to start. */
export async function answerWaiting(choice: Choice): Promise<Chosen> {
  return (await send(waitingRoutes.chooseWay, choice, { patienceMs: startPatienceMs })) as Chosen;
}

/** The other way in, where the owner allows it. */
export async function exchangePassword(password: string): Promise<void> {
  await send(accessRoutes.openSession, { password });
}

/** The way in from another computer. */
export async function exchangeMember(given: Readonly<Record<'name' | 'password' | 'code', string>>): Promise<void> {
  await send(accessRoutes.openSession, given);
}

export type SessionState = z.output<(typeof accessRoutes.showSession)['output']>;

/** How somebody may sign in here, and as what they are signed in. */
export async function askForSession(): Promise<SessionState> {
  return (await send(accessRoutes.showSession, {})) as SessionState;
}

/** Everything stays as it is, behind the sign-in. */
export async function lockSession(): Promise<void> {
  await send(accessRoutes.lockSession, {});
}

async function send(
  route: Route,
  input: Readonly<Record<string, unknown>>,
  { isBackground = false, patienceMs = usualPatienceMs }: CallOptions = {},
): Promise<unknown> {
  const { method, path, body } = requestFor(route, input);
  const headers = {
    [csrfHeader]: '1',
    ...(isBackground && { [backgroundHeader]: '1' }),
    ...(body && { 'content-type': 'application/json' }),
  };
  const response = await reach(path, {
    ...{ method, headers, signal: AbortSignal.timeout(patienceMs) },
    ...(body && { body }),
  });
  const answer = await readJson(response);
  if (!response.ok) throw refusalOf(answer, response.status);
  const parsed = route.output.safeParse(answer);
  if (!parsed.success) throw new ApiFailure('unreadable', parsed.error.message);
  return parsed.data;
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, credentials: 'same-origin' });
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
  if (parsed.success) {
    const { kind, message, issues } = parsed.data.error;
    return new ApiFailure(kind, message, issues);
  }
  return new ApiFailure(status === 401 ? 'signed-out' : 'unreadable', `HTTP ${status}`);
}
