import type { LimitSnapshot, LimitWindow } from '../../domain/limits.ts';
import { member, parseJson, textMember } from '../../protocols/json-value.ts';
import { type Frame, FrameReader, frameText } from '../../protocols/sse.ts';
import type { LimitWatcher } from '../provider.ts';
import { familyId, readCredits, readWindow } from './window.ts';

const eventType = 'codex.rate_limits';
/** The event is small; longer ones are the answer itself, and are cut instead of kept. */
const maxFrameBytes = 32_768;
/** Where the type stands in an event without a name. */
const headBytes = 64;

/** Finds the limits that are told inside a stream. */
export class EventWatcher implements LimitWatcher {
  readonly #nowMs: number;
  readonly #frames = new FrameReader((frame) => this.#take(frame), maxFrameBytes);
  readonly #windows = new Map<string, LimitWindow>();

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  push(chunk: Uint8Array): void {
    this.#frames.push(chunk);
  }

  /** The last word on each window. */
  limits(): LimitSnapshot | undefined {
    return this.#windows.size === 0 ? undefined : { readAt: this.#nowMs, windows: [...this.#windows.values()] };
  }

  #take(frame: Frame): void {
    if (frame.isCut || !isLimits(frame)) return;
    for (const window of readLimitEvent(parseJson(frameText(frame)), this.#nowMs)) {
      this.#windows.set(window.name, window);
    }
  }
}

function isLimits({ event, bytes, start, end }: Frame): boolean {
  if (event !== '') return event === eventType;
  return bytes.toString('latin1', start, Math.min(end, start + headBytes)).includes(eventType);
}

/** The windows of one event; none when it is something else. */
export function readLimitEvent(event: unknown, nowMs: number): LimitWindow[] {
  if (textMember(event, 'type') !== eventType) return [];
  const limits = member(event, 'rate_limits');
  const limitName = textMember(event, 'limit_name');
  const id = familyId(textMember(event, 'metered_limit_name') ?? limitName ?? 'codex');
  const isRefusing = member(limits, 'allowed') === false || member(limits, 'limit_reached') === true;
  const windows = (['primary', 'secondary'] as const).map((part) =>
    readWindow(toldBy(member(limits, part)), { id, limitName, part, isRefusing, nowMs }),
  );
  const credits = member(event, 'credits');
  const balance = member(credits, 'balance');
  return [
    ...windows,
    readCredits(member(credits, 'has_credits') === true, toNumber(typeof balance === 'string' ? +balance : balance)),
  ].filter((window) => window !== undefined);
}

function toldBy(window: unknown) {
  return {
    usedPercent: toNumber(member(window, 'used_percent')),
    windowMinutes: toNumber(member(window, 'window_minutes')),
    resetAt: toNumber(member(window, 'reset_at')),
    resetAfterSeconds: toNumber(member(window, 'reset_after_seconds')),
  };
}

function toNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
