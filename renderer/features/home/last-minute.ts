export interface EndedCall {
  readonly requestId: string;
  readonly endedAt: number;
  readonly isFailed: boolean;
  readonly tokens: number;
}

export interface LastMinute {
  readonly calls: number;
  readonly failed: number;
  readonly tokensPerSecond: number;
  /** Calls that ended in each part of the minute, the oldest first. */
  readonly bars: readonly number[];
}

export const minuteMs = 60_000;
const parts = 30;

/** What the calls of the last minute come to; one that is told of twice counts once. */
export function lastMinute(told: readonly EndedCall[], now: number): LastMinute {
  const young = told.filter(({ endedAt }) => endedAt > now - minuteMs);
  const calls = [...new Map(young.map((call) => [call.requestId, call])).values()];
  const partOf = ({ endedAt }: EndedCall) =>
    Math.min(parts - 1, Math.floor(((endedAt - now + minuteMs) / minuteMs) * parts));
  return {
    calls: calls.length,
    failed: calls.filter(({ isFailed }) => isFailed).length,
    tokensPerSecond: calls.reduce((sum, { tokens }) => sum + tokens, 0) / 60,
    bars: Array.from({ length: parts }, (_, part) => calls.filter((call) => partOf(call) === part).length),
  };
}
