import { write } from '../fake-anthropic/moves.ts';
import type { Answer, Question } from '../fake-responses/answers.ts';

/** A window of the plan, as it stands. */
export interface PlanWindow {
  readonly usedPercent: number;
  readonly windowMinutes: number;
  readonly resetInSeconds: number;
}

export interface PlanLimits {
  readonly primary: PlanWindow;
  readonly secondary?: PlanWindow | undefined;
}

export const usualLimits: PlanLimits = {
  primary: { usedPercent: 42, windowMinutes: 300, resetInSeconds: 3_600 },
  secondary: { usedPercent: 7, windowMinutes: 10_080, resetInSeconds: 300_000 },
};

export function limitHeaders(limits: PlanLimits, nowMs: number): Record<string, string> {
  const headers: Record<string, string> = { 'x-codex-active-limit': 'premium', 'x-codex-plan-type': 'plus' };
  for (const part of ['primary', 'secondary'] as const) {
    const { usedPercent = 0, windowMinutes = 0, resetInSeconds = 0 } = limits[part] ?? {};
    headers[`x-codex-${part}-used-percent`] = String(usedPercent);
    headers[`x-codex-${part}-window-minutes`] = String(windowMinutes);
    headers[`x-codex-${part}-reset-after-seconds`] = String(resetInSeconds);
    headers[`x-codex-${part}-reset-at`] = resetInSeconds === 0 ? '' : String(resetSeconds(resetInSeconds, nowMs));
  }
  return { ...headers, 'x-codex-credits-has-credits': 'False', 'x-codex-credits-unlimited': 'False' };
}

/** The same answer with the limits in its headers and, in a stream, as its first event. */
export function withLimits(answer: Answer, limits: PlanLimits): Answer {
  return (question) => {
    const [head, ...rest] = answer(question);
    if (head?.do !== 'head') return head ? [head, ...rest] : rest;
    const headers = { ...head.headers, ...limitHeaders(limits, question.nowMs) };
    const isStream = headers['content-type']?.startsWith('text/event-stream');
    return [
      { ...head, headers },
      ...(isStream ? [write(limitEvent(limits, question), 'codex.rate_limits')] : []),
      ...rest,
    ];
  };
}

function limitEvent({ primary, secondary }: PlanLimits, { nowMs }: Question): string {
  const told = (window: PlanWindow | undefined) =>
    window
      ? {
          used_percent: window.usedPercent,
          window_minutes: window.windowMinutes,
          reset_at: resetSeconds(window.resetInSeconds, nowMs),
        }
      : null;
  const event = {
    type: 'codex.rate_limits',
    plan_type: 'plus',
    rate_limits: { allowed: true, limit_reached: false, primary: told(primary), secondary: told(secondary) },
    credits: null,
  };
  return `event: codex.rate_limits\ndata: ${JSON.stringify(event)}\n\n`;
}

function resetSeconds(resetInSeconds: number, nowMs: number): number {
  return Math.floor(nowMs / 1_000) + resetInSeconds;
}
