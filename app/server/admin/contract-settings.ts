import * as z from 'zod';
import { notificationType } from '../../notify/rules.ts';

// The part of the contract about settings that are kept in the store.

const settingName = z.string().min(1).max(64);
export const setting = z.object({
  name: settingName,
  description: z.string(),
  /** Null while the built-in values serve. */
  value: z.json().nullable(),
  /** The section of the settings page that it belongs to. */
  group: z.enum(['accounts', 'data', 'notifications', 'security']),
  /** What may be set, as JSON Schema: forms are drawn from it. */
  schema: z.record(z.string(), z.json()),
});

/** What is shown as a notification now, the built-in choices filled in; changed as the setting of the same name. */
export const notificationState = z.object({
  types: z.record(notificationType, z.boolean()),
  quiet: z.object({ from: z.string(), to: z.string(), timeZone: z.string().optional() }).nullable(),
  /** That of the computer. */
  timeZone: z.string(),
});

export const settingRoutes = {
  showNotifications: {
    method: 'GET',
    path: '/settings/notifications',
    input: z.strictObject({}),
    output: notificationState,
  },
  listSettings: { method: 'GET', path: '/settings', input: z.strictObject({}), output: z.array(setting) },
  changeSetting: {
    method: 'PATCH',
    path: '/settings/:name',
    input: z.strictObject({ name: settingName, value: z.json() }),
    output: setting,
  },
  resetSetting: {
    method: 'DELETE',
    path: '/settings/:name',
    input: z.strictObject({ name: settingName }),
    output: setting,
  },
} as const;
