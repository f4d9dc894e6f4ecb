import * as z from 'zod';
import { isTimeZone } from '../domain/calendar.ts';
import { type KeyLimit, limitName } from './limit.ts';

const minuteMs = 60_000;
const maxLengthMs = 400 * 86_400_000;

const timeZone = z.string().max(64).refine(isTimeZone, 'must be a time zone such as Europe/Berlin');

const window = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('rolling'),
    lengthMs: z
      .int()
      .min(minuteMs)
      .max(maxLengthMs)
      .refine((ms) => ms % minuteMs === 0, 'must be whole minutes'),
  }),
  z.strictObject({
    kind: z.literal('calendar'),
    unit: z.enum(['day', 'week', 'month']),
    timeZone,
    startMinute: z.int().min(0).max(1_439).optional(),
    startWeekday: z.int().min(1).max(7).optional(),
  }),
  z.strictObject({ kind: z.literal('total') }),
]);

/** One limit as it is stored and as the admin API takes it. */
export const keyLimit = z.strictObject({
  measure: z.enum(['requests', 'tokens', 'cost']),
  amount: z.int().min(1),
  window,
  models: z.array(z.string().min(1).max(200)).max(50).readonly().optional(),
  mode: z.enum(['strict', 'smooth', 'shadow']),
});

export const keyLimits = z
  .array(keyLimit)
  .max(20, 'must have at most 20 limits')
  .superRefine((limits, context) => {
    const names = limits.map((limit) => nameOf(limit));
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      context.addIssue({ code: 'custom', path: [index], message: `says "${name}" a second time` });
    }
  });

/** Two limits over different calendars are two limits, however alike their names are. */
function nameOf(limit: KeyLimit): string {
  return limit.window.kind === 'calendar' ? `${limitName(limit)} ${JSON.stringify(limit.window)}` : limitName(limit);
}
