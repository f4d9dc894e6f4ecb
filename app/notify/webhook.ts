import * as z from 'zod';
import { type NotificationType, notificationType } from './rules.ts';
import { type Language, languages } from './words.ts';

/** The services whose messages we know how to write. */
export const webhookKinds = ['generic', 'slack', 'feishu', 'wecom', 'dingtalk', 'telegram'] as const;
export type WebhookKind = (typeof webhookKinds)[number];

/** Somebody who is told by HTTP what happens. Its address is a secret: who knows it can write there. */
export interface Webhook {
  readonly id: string;
  readonly name: string;
  readonly kind: WebhookKind;
  /** Of its address; the rest is shown to nobody. */
  readonly host: string;
  readonly hasSecret: boolean;
  /** Of Telegram. */
  readonly chatId?: string | undefined;
  readonly types: readonly NotificationType[];
  readonly language: Language;
  /** Whether it may be on this computer or its own network. */
  readonly allowLocal: boolean;
  readonly isEnabled: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly sentAt?: number | undefined;
  /** The last message did not arrive. */
  readonly failure?: { readonly at: number; readonly message: string } | undefined;
}

/** What is sealed. */
export interface WebhookSecrets {
  readonly url: string;
  /** Signs messages, or is the token of a bot. */
  readonly secret?: string | undefined;
}

const url = z.string().min(1).max(2_048);
const secret = z.string().min(1).max(512);
const chatId = z
  .string()
  .regex(/^(-?\d{1,20}|@\w{1,64})$/, 'must be a number, or the name of a channel such as @alerts');
const fields = {
  name: z.string().trim().min(1).max(64),
  types: z.array(notificationType).min(1).max(32),
  language: z.enum(languages),
  allowLocal: z.boolean(),
  isEnabled: z.boolean(),
};

export const newWebhook = z.strictObject({
  kind: z.enum(webhookKinds),
  name: fields.name,
  types: fields.types,
  /** Telegram’s own when left out. */
  url: url.optional(),
  secret: secret.optional(),
  chatId: chatId.optional(),
  language: fields.language.default('en'),
  allowLocal: fields.allowLocal.default(false),
  isEnabled: fields.isEnabled.default(true),
});
export type NewWebhook = z.output<typeof newWebhook>;

/** What is left out stays; null takes the secret away. */
export const webhookPatch = {
  ...z.object(fields).partial().shape,
  url: url.optional(),
  secret: secret.nullable().optional(),
  chatId: chatId.optional(),
};
export type WebhookPatch = z.output<z.ZodObject<typeof webhookPatch>>;
