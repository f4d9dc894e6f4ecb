import * as z from 'zod';
import type { Clock } from '../domain/clock.ts';
import { parseJson } from '../protocols/json-value.ts';
import type { Marks } from '../state/state.ts';
import type { RenewalOutcome } from './renewals.ts';

type Later = Extract<RenewalOutcome, { readonly kind: 'later' }> & { readonly retryAfterMs: number };

const firstMs = 5_000;
const maxMs = 300_000;
/** The longest that a token endpoint may send us away. */
const maxNamedMs = 3_600_000;

const told = z.object({ detail: z.string(), untilMs: z.number() });

interface Wait {
  readonly detail: string;
  /** Monotonic: a clock that was set makes it neither longer nor shorter. */
  readonly until: number;
  readonly failures: number;
}

/** When a token endpoint may be asked again: as it said itself, or twice as late each time. Other nodes are told. */
export class RenewalWaits {
  readonly #clock: Clock;
  readonly #marks: Pick<Marks, 'get' | 'set'>;
  readonly #waits = new Map<string, Wait>();

  constructor({ clock, marks }: { readonly clock: Clock; readonly marks: Pick<Marks, 'get' | 'set'> }) {
    this.#clock = clock;
    this.#marks = marks;
  }

  /** Undefined when it may be asked now. */
  async find(id: string): Promise<Later | undefined> {
    const own = this.#waits.get(id);
    const leftMs = own ? own.until - this.#clock.monotonic() : 0;
    if (own && leftMs > 0) return { kind: 'later', detail: own.detail, retryAfterMs: Math.ceil(leftMs) };
    const mark = await this.#marks.get(markOf(id)).catch(() => undefined);
    const others = told.safeParse(parseJson(mark ?? '')).data;
    const othersMs = Math.min((others?.untilMs ?? 0) - this.#clock.now(), maxNamedMs);
    if (!others || othersMs <= 0) return undefined;
    return { kind: 'later', detail: others.detail, retryAfterMs: othersMs };
  }

  async begin(id: string, { detail, retryAfterMs }: Extract<RenewalOutcome, { kind: 'later' }>): Promise<Later> {
    const failures = (this.#waits.get(id)?.failures ?? 0) + 1;
    const ownMs = Math.min(firstMs * 2 ** (failures - 1), maxMs);
    const waitMs = retryAfterMs === undefined ? ownMs : Math.min(Math.max(retryAfterMs, 1_000), maxNamedMs);
    this.#waits.set(id, { detail, until: this.#clock.monotonic() + waitMs, failures });
    const mark = JSON.stringify({ detail, untilMs: this.#clock.now() + waitMs });
    // Live state may be away: then the other nodes find out for themselves.
    await this.#marks.set(markOf(id), mark, waitMs).catch(() => undefined);
    return { kind: 'later', detail, retryAfterMs: waitMs };
  }

  forget(id: string): void {
    this.#waits.delete(id);
  }
}

function markOf(id: string): string {
  return `refresh-waits:${id}`;
}
