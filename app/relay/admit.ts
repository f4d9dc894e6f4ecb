import type { Conversation, ProtocolId } from '../domain/conversation.ts';
import { RelayError } from '../domain/errors.ts';
import { matchesPattern } from '../domain/patterns.ts';

import type { ApiKey, ServiceId } from '../keys/key.ts';
import { type Lease, type Leases, StateUnavailable } from '../state/state.ts';

import { thisComputer } from '../usage/record.ts';
import type { Admitted, Authenticated } from './call.ts';
import { parseDocument } from './translate.ts';

export interface AdmitDeps {
  readonly leases: Leases;
  /** False while the relay drains before it stops. */
  isOpen(): boolean;
  /** True when usage rows can no longer be kept: serving more would lose them. */
  isSaturated(): boolean;
  /** True while this process cannot keep up: new work would make everybody's slower. */
  isLagging(): boolean;
  /** Tells the journal that an upstream call is about to happen. */
  opened(admitted: Admitted): void;
}

/** A lease outlives its call by at most this, should the process die. */
const leaseMs = 60_000;
const renewEveryMs = 20_000;

/** What a key may do, and the one place that says no. Everything it takes is given back when the call is disposed. */
export async function admit(deps: AdmitDeps, call: Authenticated): Promise<Admitted> {
  if (!deps.isOpen())
    throw new RelayError('shutting-down', 'Waystation is stopping; try again shortly.', { retryAfterMs: 2_000 });
  if (deps.isSaturated()) {
    throw new RelayError('overloaded', 'Waystation cannot record usage now (is the disk full?); try again shortly.', {
      retryAfterMs: 5_000,
    });
  }
  if (deps.isLagging()) {
    throw new RelayError('overloaded', 'Waystation has more to do than this computer can; try again shortly.', {
      retryAfterMs: 2_000,
    });
  }
  const key = call.caller.kind === 'key' ? call.caller.key : undefined;
  if (key) checkService(key, serviceOf[call.protocol.id]);
  const body = await call.readBody();
  const facts = call.protocol.readFacts(body, call.path);
  if (key) checkModel(key, facts.model);
  const release = key?.maxConcurrent === undefined ? nothing : await takeLease(deps.leases, key, key.maxConcurrent);
  const keyId = key?.id ?? thisComputer;
  const session = call.headers.sessionId ?? facts.bodySessionId ?? facts.contentHash();
  const conversation = once(() => readConversation(call, body));
  const admitted: Admitted = { ...call, keyId, body, facts, session, conversation, [Symbol.asyncDispose]: release };
  deps.opened(admitted);
  return admitted;
}

const serviceOf: Readonly<Record<ProtocolId, ServiceId>> = {
  anthropic: 'anthropic',
  'openai-chat': 'openai',
  'openai-responses': 'openai',
  gemini: 'gemini',
};

function checkService(key: ApiKey, service: ServiceId): void {
  if (key.services.length === 0 || key.services.includes(service)) return;
  throw new RelayError('service-not-allowed', `This key may not use the ${service} service.`);
}

function readConversation(call: Authenticated, body: Buffer): Conversation {
  return call.protocol.codec.decodeRequest(parseDocument(body), call.path);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function checkModel(key: ApiKey, model: string): void {
  // Asking for something that is stored at the upstream names no model.
  if (model === '') return;
  if (key.models.length === 0 || key.models.some((pattern) => matchesPattern(pattern, model))) return;
  throw new RelayError(
    'model-not-allowed',
    `This key may not use the model ${model}. It may use: ${key.models.join(', ')}. (Tools also call small helper models by themselves.)`,
  );
}

async function takeLease(leases: Leases, key: ApiKey, limit: number): Promise<() => Promise<void>> {
  const lease = await acquire(leases, key, limit);
  if (lease === 'unknown') return nothing;
  if (!lease) {
    throw new RelayError(
      'concurrency-limited',
      `This key already has ${limit} calls running; try again when one ends.`,
      {
        retryAfterMs: 1_000,
      },
    );
  }
  return keepAlive(lease);
}

/** Live state may be lost: a key is rather let through than refused for a limit that nobody can count now. */
async function acquire(leases: Leases, key: ApiKey, limit: number): Promise<Lease | 'unknown' | undefined> {
  try {
    return await leases.acquire(`key:${key.id}`, limit, leaseMs);
  } catch (error) {
    if (error instanceof StateUnavailable) return 'unknown';
    throw error;
  }
}

/** Renews a lease for as long as the call runs; answers how to give it back. */
function keepAlive(lease: Lease): () => Promise<void> {
  const timer = setInterval(() => void lease.renew().catch(() => false), renewEveryMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    // What cannot be given back now expires by itself.
    await lease.release().catch(() => undefined);
  };
}

async function nothing(): Promise<void> {
  // A key without a concurrency limit holds nothing.
}
