import { type ErrorKind, RelayError } from '../domain/errors.ts';
import { noUsage } from '../domain/usage.ts';
import type { ApiKey } from '../keys/key.ts';
import type { LimitStanding } from '../keys/limit-refusal.ts';
import { type AdmitDeps, admit } from './admit.ts';
import { type AuthenticateDeps, authenticate } from './authenticate.ts';
import type { Authenticated, Outcome, Received, Reply } from './call.ts';
import { type ForwardDeps, forward } from './forward.ts';
import { limitHeaders, queueHeaders } from './limit-headers.ts';
import { type PlanDeps, plan } from './plan.ts';
import { type ReplayDeps, serveOnce } from './replays.ts';
import { type SettleDeps, settle } from './settle.ts';

export interface RefusalDeps {
  /** A defect of ours, for the log. */
  reportDefect(requestId: string, cause: unknown): void;
  /** Keeps a record of it: a call that is not admitted has no row. */
  noteRefusal(call: Received, error: RelayError, keyId: string | undefined): void;
  /** How the limits of a key stand, when one of them refused a call. */
  limitStandings(key: ApiKey): Promise<readonly LimitStanding[]>;
}

export type RelayDeps = AuthenticateDeps & AdmitDeps & PlanDeps & ForwardDeps & SettleDeps & RefusalDeps & ReplayDeps;

/** One call through the five stops. Throws `RelayError` only before admission; from there on the answer is data. */
export async function relay(deps: RelayDeps, received: Received, reply: Reply): Promise<void> {
  const authenticated = identified(deps, received);
  const { idempotencyKey } = received;
  if (idempotencyKey === undefined) return serve(deps, authenticated, reply);
  return serveOnce(deps, authenticated, { idempotencyKey, reply, serve: (call, to) => serve(deps, call, to) });
}

function identified(deps: RelayDeps, received: Received): Authenticated {
  try {
    return authenticate(deps, received);
  } catch (error) {
    if (error instanceof RelayError) deps.noteRefusal(received, error, error.keyId);
    throw error;
  }
}

async function serve(deps: RelayDeps, authenticated: Authenticated, reply: Reply): Promise<void> {
  await using admitted = await admit(deps, authenticated).catch((error: unknown) =>
    refused(deps, authenticated, { reply, error }),
  );
  if (admitted.reservation) reply.announce(limitHeaders(admitted.reservation.standings));
  if (admitted.keyWait) reply.announce(queueHeaders(admitted.keyWait));
  const planned = await plan(deps, admitted);
  await using _holds = planned.holds;
  const outcome = await forward(deps, planned, reply).catch((error: unknown) => {
    deps.reportDefect(authenticated.requestId, error);
    return unexpected(error, reply);
  });
  await settle(deps, planned, outcome);
  reply.finish(outcome.tail);
}

const limitKinds: ReadonlySet<unknown> = new Set<ErrorKind>(['rate-limited', 'quota-exhausted']);

/** A refusal at a limit tells how the limits stand, as an answer does. */
async function refused(
  deps: RelayDeps,
  authenticated: Authenticated,
  { reply, error }: { readonly reply: Reply; readonly error: unknown },
): Promise<never> {
  const { caller } = authenticated;
  if (error instanceof RelayError)
    deps.noteRefusal(authenticated, error, caller.kind === 'key' ? caller.key.id : undefined);
  if (error instanceof RelayError && limitKinds.has(error.kind) && caller.kind === 'key') {
    const standings = await deps.limitStandings(caller.key).catch(() => []);
    reply.announce(limitHeaders(standings));
  }
  throw error;
}

/** A defect of ours still ends as a settled call: the row is written, the client gets an honest error. */
function unexpected(cause: unknown, reply: Reply): Outcome {
  const error = new RelayError('internal', 'Waystation failed unexpectedly; see its log.', { cause });
  const tail = reply.hasBegun ? ({ kind: 'cut', chunks: [] } as const) : ({ kind: 'error', error } as const);
  return { status: 'failed', errorKind: 'internal', usage: noUsage, attempts: [], health: [], waits: [], tail };
}
