import type { LimitSnapshot, LimitWindow } from '../../app/domain/limits.ts';
import type { Turn } from './traffic.ts';

const hour = 3_600_000;
const cacheMs = 300_000;

/** Nano-dollars per token, of a middling model. */
const prices = { read: 300, write: 3_750, output: 15_000 } as const;

interface Window {
  readonly name: string;
  readonly lengthMs: number;
  readonly budgetNanoUsd: number;
  endsAt: number;
  usedNanoUsd: number;
}

export interface Served {
  readonly kind: 'served';
  readonly readTokens: number;
  readonly writtenTokens: number;
  readonly costNanoUsd: number;
  readonly limits: LimitSnapshot;
}

export interface Refused {
  readonly kind: 'refused';
  readonly resetsAt: number;
  readonly limits: LimitSnapshot;
}

/** One subscription as its vendor runs it: two windows of use, and a prompt cache for each session. */
export class Upstream {
  readonly id: string;
  readonly weight: number;
  readonly #windows: readonly Window[];
  readonly #cached = new Map<string, { tokens: number; until: number }>();

  constructor(id: string, weight: number, weekUsd: number) {
    this.id = id;
    this.weight = weight;
    const week = weekUsd * weight * 1e9;
    this.#windows = [
      { name: '5h', lengthMs: 5 * hour, budgetNanoUsd: week / 9, endsAt: 0, usedNanoUsd: 0 },
      { name: '7d', lengthMs: 168 * hour, budgetNanoUsd: week, endsAt: 0, usedNanoUsd: 0 },
    ];
  }

  call(turn: Turn, now: number): Served | Refused {
    for (const window of this.#windows) if (window.endsAt <= now) begin(window, now);
    const full = this.#windows.filter((window) => window.usedNanoUsd >= window.budgetNanoUsd);
    if (full.length > 0) {
      return { kind: 'refused', resetsAt: Math.max(...full.map(({ endsAt }) => endsAt)), limits: this.#tell(now) };
    }
    const name = `${turn.session} ${turn.model}`;
    const cached = this.#cached.get(name);
    const readTokens = cached && cached.until > now ? Math.min(cached.tokens, turn.promptTokens) : 0;
    const writtenTokens = turn.promptTokens - readTokens;
    this.#cached.set(name, { tokens: turn.promptTokens, until: now + turn.lastsMs + cacheMs });
    const costNanoUsd = readTokens * prices.read + writtenTokens * prices.write + turn.outputTokens * prices.output;
    for (const window of this.#windows) window.usedNanoUsd += costNanoUsd;
    return { kind: 'served', readTokens, writtenTokens, costNanoUsd, limits: this.#tell(now) };
  }

  #tell(now: number): LimitSnapshot {
    const windows = this.#windows.map(({ name, lengthMs, budgetNanoUsd, endsAt, usedNanoUsd }): LimitWindow => {
      const used = Math.min(1, usedNanoUsd / budgetNanoUsd);
      return { name, used, lengthMs, resetsAt: endsAt, isExhausted: used >= 1 };
    });
    return { readAt: now, windows };
  }
}

function begin(window: Window, now: number): void {
  window.endsAt = now + window.lengthMs;
  window.usedNanoUsd = 0;
}
