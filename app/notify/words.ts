/** Those that Waystation speaks. */
export const languages = ['en', 'zh-CN', 'ja'] as const;
export type Language = (typeof languages)[number];

/** Numbers and times as one language writes them. */
export interface Words {
  readonly language: Language;
  /** That of the person; tests name one. */
  readonly timeZone?: string | undefined;
}

export function percentText(share: number, { language }: Words): string {
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(share);
}

/** To the minute within a day before or after, the weekday within a week, the date beyond. */
export function momentText(ms: number, now: number, { language, timeZone }: Words): string {
  const away = Math.abs(ms - now);
  const zone = timeZone === undefined ? {} : { timeZone };
  const form: Intl.DateTimeFormatOptions =
    away < 86_400_000
      ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
      : away < 6 * 86_400_000
        ? { weekday: 'short' }
        : { month: 'short', day: 'numeric' };
  return new Intl.DateTimeFormat(language, { ...form, ...zone }).format(ms);
}
