import * as z from 'zod';
import type { AlertKind } from '../domain/alert.ts';
import { isTimeZone, minuteOfDay } from '../domain/calendar.ts';

/** What a person turns on and off: alerts that are about the same. */
export const notificationTypes = [
  'failed-over',
  'needs-sign-in',
  'run-out',
  'limits',
  'all-unavailable',
  'member-limits',
  'budgets',
  'relay-stopped',
  'tool-drifted',
  'update-ready',
  'sharing',
] as const;
export type NotificationType = (typeof notificationTypes)[number];

export const notificationType = z.enum(notificationTypes);

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 22:00');
const quietHours = z
  .strictObject({
    from: time,
    to: time,
    /** That of the computer when left out. */
    timeZone: z.string().max(64).refine(isTimeZone, 'must be a time zone such as Europe/Berlin').optional(),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], message: 'must not be the same as the beginning' });

/** What its owner wants to be told of; a type that is left out is as it was made. */
export const notificationRules = z.strictObject({
  types: z.partialRecord(notificationType, z.boolean()).optional(),
  quiet: quietHours.optional(),
});
export type NotificationRules = Readonly<z.output<typeof notificationRules>>;

/** The row of the settings that holds them. */
export const notificationsSetting = 'notifications';

export const typeOf: Readonly<Record<AlertKind, NotificationType>> = {
  'failed-over': 'failed-over',
  'account-needs-sign-in': 'needs-sign-in',
  'account-blocked': 'needs-sign-in',
  'account-run-out': 'run-out',
  'account-limited': 'limits',
  'account-recovered': 'limits',
  'accounts-unavailable': 'all-unavailable',
  'key-limit-reached': 'member-limits',
  'member-limit-reached': 'member-limits',
  'budget-reached': 'budgets',
  'budget-forecast': 'budgets',
  'relay-stopped': 'relay-stopped',
  'tool-drifted': 'tool-drifted',
  'update-ready': 'update-ready',
  'sharing-unreadable': 'sharing',
  'invites-guessed': 'sharing',
};

/** What is on unless its owner says otherwise: everything but what mends itself. */
export const typeDefaults: Readonly<Record<NotificationType, boolean>> = {
  'failed-over': true,
  'needs-sign-in': true,
  'run-out': true,
  limits: false,
  'all-unavailable': true,
  'member-limits': true,
  budgets: true,
  'relay-stopped': true,
  'tool-drifted': true,
  'update-ready': true,
  sharing: true,
};

/** Nobody works while it lasts: told at night too. */
const critical: ReadonlySet<NotificationType> = new Set(['all-unavailable']);
/** Nothing that anybody has to look up for. */
const soundless: ReadonlySet<NotificationType> = new Set(['update-ready']);

export interface Moment {
  readonly now: number;
  /** That of the computer. */
  readonly timeZone: string;
}

/** What is held is told with the rest of it when the quiet hours are over. */
export type Telling = 'tell' | 'tell-quietly' | 'hold' | 'keep';

/** The one decision whether something that happened is shown as a notification. The list on the Home page has it anyway. */
export function tellingOf(kind: AlertKind, rules: NotificationRules, moment: Moment): Telling {
  const type = typeOf[kind];
  if (!wantsToHear(type, rules)) return 'keep';
  if (mayWait(type) && isQuiet(rules, moment)) return 'hold';
  return isSoundless(type) ? 'tell-quietly' : 'tell';
}

export function wantsToHear(type: NotificationType, { types }: NotificationRules): boolean {
  return types?.[type] ?? typeDefaults[type];
}

/** Whether quiet hours hold for it. */
export function mayWait(type: NotificationType): boolean {
  return !critical.has(type);
}

export function isSoundless(type: NotificationType): boolean {
  return soundless.has(type);
}

export function isQuiet({ quiet }: NotificationRules, moment: Moment): boolean {
  return quiet !== undefined && isWithin(quiet, moment);
}

/** By what clocks show, so that a night is as long as they make it; from 22:00 to 07:00 goes over midnight. */
function isWithin({ from, to, timeZone }: NonNullable<NotificationRules['quiet']>, moment: Moment): boolean {
  const minute = minuteOfDay(moment.now, timeZone ?? moment.timeZone);
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  return begin < end ? begin <= minute && minute < end : minute >= begin || minute < end;
}

function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}
