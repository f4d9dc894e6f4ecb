import { hash, randomUUID } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import { RelayError } from '../domain/errors.ts';
import { type Marks, StateUnavailable } from '../state/state.ts';

export interface NodeClaimsDeps {
  readonly marks: Pick<Marks, 'get' | 'compareAndSet'>;
  readonly clock: Clock;
}

/** A call that this node makes, so that no other one does. */
export interface Claim {
  /** It is over; for `keptMs` nobody else makes it again. */
  end(keptMs: number): Promise<void>;
}

/** A claim outlives its node by at most this. */
const claimMs = 60_000;
const renewEveryMs = 20_000;
/** As a mark's lifetime: gone when it is looked at next. */
const atOnceMs = 1;
/** Whoever claims at the same moment may be in between twice. */
const maxTries = 3;

/** What a mark says: how far the call is, who makes it, and a digest of what was asked. */
interface Mark {
  readonly phase: 'running' | 'answered';
  readonly node: string;
  readonly id: string;
  readonly asked: string;
}

/**
 * Which calls with an idempotency key the nodes that share a Redis are making, or have made. An answer stays on the node
 * that made it: another one can only say that there is one, which is better than to pay for it twice.
 */
export class NodeClaims {
  readonly #deps: NodeClaimsDeps;
  readonly #node: string;

  constructor(deps: NodeClaimsDeps, node: string = randomUUID()) {
    this.#deps = deps;
    this.#node = node;
  }

  /** Throws `already-running`, `already-answered`, and `request-invalid` when the key stands for something else. */
  async take(name: string, asked: string): Promise<Claim> {
    const mark = `replay:${hash('sha256', name)}`;
    const own: Mark = { phase: 'running', node: this.#node, id: randomUUID(), asked };
    try {
      for (let tries = 0; tries < maxTries; tries += 1) {
        const expected = await this.#deps.marks.get(mark);
        // What this node had, it would have found in its memory if it were still to be had.
        if (expected !== undefined) refuseOthers(parse(expected), own);
        const change = { expected, value: print(own), ttlMs: claimMs };
        if (await this.#deps.marks.compareAndSet(mark, change)) return this.#held(mark, own);
      }
    } catch (error) {
      // Live state may be lost: a call is rather made twice than not at all.
      if (error instanceof StateUnavailable) return unclaimed;
      throw error;
    }
    throw running();
  }

  #held(mark: string, own: Mark): Claim {
    const { marks, clock } = this.#deps;
    const value = print(own);
    let cancel: () => void;
    const renewLater = () => {
      cancel = clock.after(renewEveryMs, () => {
        void marks.compareAndSet(mark, { expected: value, value, ttlMs: claimMs }).catch(() => false);
        renewLater();
      });
    };
    renewLater();
    return {
      end: async (keptMs) => {
        cancel();
        const last = print({ ...own, phase: 'answered' });
        // What cannot be given back now expires by itself.
        await marks
          .compareAndSet(mark, { expected: value, value: last, ttlMs: Math.max(keptMs, atOnceMs) })
          .catch(() => false);
      },
    };
  }
}

const unclaimed: Claim = { end: () => Promise.resolve() };

function refuseOthers(known: Mark | undefined, { node, asked }: Mark): void {
  if (known === undefined || known.node === node) return;
  if (known.asked !== asked) throw otherRequest();
  throw known.phase === 'running' ? running() : answered();
}

/** Of the same key and another request, on whichever node. */
export function otherRequest(): RelayError {
  return new RelayError(
    'request-invalid',
    'This idempotency-key was used for another request a short while ago. Send a new key, or the same request.',
  );
}

function running(): RelayError {
  return new RelayError(
    'already-running',
    'The call with this idempotency-key is on its way on another node of this relay. Wait until it ends.',
  );
}

function answered(): RelayError {
  return new RelayError(
    'already-answered',
    'The call with this idempotency-key was answered by another node of this relay a short while ago. To make it once more, send a new key.',
  );
}

function print({ phase, node, id, asked }: Mark): string {
  return [phase, node, id, asked].join(' ');
}

/** Undefined for what none of us wrote. */
function parse(text: string): Mark | undefined {
  const [phase, node, id, asked] = text.split(' ');
  if ((phase !== 'running' && phase !== 'answered') || !node || !id || !asked) return undefined;
  return { phase, node, id, asked };
}
