import * as z from 'zod';
import { type NotificationType, notificationType, notificationTypes } from '../../notify/rules.ts';
import { newWebhook, webhookKinds, webhookPatch } from '../../notify/webhook.ts';
import { languages } from '../../notify/words.ts';

// The part of the contract that is about whom else is told what happens, by HTTP.

const id = z.string().min(1).max(64);
const moment = z.int().nonnegative();
const byId = z.strictObject({ id });

/** That the relay stopped nobody is left to send. */
export const webhookTypes: readonly NotificationType[] = notificationTypes.filter((type) => type !== 'relay-stopped');
/** What is rarely news stays off until it is chosen. */
const rareTypes: readonly NotificationType[] = ['limits', 'update-ready'];
export const usualWebhookTypes = webhookTypes.filter((type) => !rareTypes.includes(type));

/** Its address and its secret are answered to nobody. */
export const webhook = z.object({
  id,
  name: z.string(),
  kind: z.enum(webhookKinds),
  host: z.string(),
  hasSecret: z.boolean(),
  chatId: z.string().optional(),
  types: z.array(notificationType),
  language: z.enum(languages),
  allowLocal: z.boolean(),
  isEnabled: z.boolean(),
  createdAt: moment,
  updatedAt: moment,
  sentAt: moment.optional(),
  failure: z.object({ at: moment, message: z.string() }).optional(),
});

const withTypes = newWebhook.extend({ types: newWebhook.shape.types.default(usualWebhookTypes) });

export const webhookRoutes = {
  listWebhooks: { method: 'GET', path: '/webhooks', input: z.strictObject({}), output: z.array(webhook) },
  createWebhook: { method: 'POST', path: '/webhooks', input: withTypes, output: webhook },
  updateWebhook: {
    method: 'PATCH',
    path: '/webhooks/:id',
    input: z.strictObject({ id, ...webhookPatch }),
    output: webhook,
  },
  removeWebhook: {
    method: 'DELETE',
    path: '/webhooks/:id',
    input: byId,
    output: z.object({ id, removed: z.literal(true) }),
  },
  /** Sends a message that says it is a test, once. */
  testWebhook: {
    method: 'POST',
    path: '/webhooks/:id/test',
    input: byId,
    output: z.object({ arrived: z.boolean(), message: z.string().optional() }),
  },
} as const;
