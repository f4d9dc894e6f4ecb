import { NoAnswer } from '../accounts/control-plane.ts';
import type { Way } from '../accounts/dispatchers.ts';
import type { Clock } from '../domain/clock.ts';
import type { ControlSend } from '../providers/oauth.ts';
import { SecretUnreadable } from '../secrets/vault.ts';
import type { Webhook } from './webhook.ts';
import { type Message, type Verdict, verdictOf, webhookRequest, withoutSecrets } from './webhook-message.ts';
import type { WebhookRepository } from './webhook-repository.ts';

export interface SenderDeps {
  readonly webhooks: Pick<WebhookRepository, 'secrets' | 'noteSent' | 'noteFailure'>;
  readonly control: { by(way: Way): ControlSend };
  readonly clock: Clock;
}

const answerMs = 10_000;

/** One try, and what became of it. */
export async function sendOnce(
  { webhooks, control }: SenderDeps,
  webhook: Webhook,
  message: Message,
): Promise<Verdict> {
  const secrets = await readSecrets(webhooks, webhook.id);
  if (!secrets) return { arrived: false, mayTryAgain: false, message: 'Its address cannot be read; enter it again' };
  const send = control.by({ proxy: undefined, allowLocal: webhook.allowLocal });
  try {
    const target = { ...secrets, chatId: webhook.chatId };
    const verdict = verdictOf(webhook.kind, await send({ ...webhookRequest(webhook.kind, target, message), answerMs }));
    return verdict.arrived ? verdict : { ...verdict, message: withoutSecrets(verdict.message, secrets, webhook) };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    // What was refused before it went out is refused again.
    const mayTryAgain = error.cause !== undefined;
    return {
      arrived: false,
      mayTryAgain,
      message: `It could not be reached: ${withoutSecrets(error.message, secrets, webhook)}`,
    };
  }
}

/** Sends it, and keeps beside the webhook what became of it. */
export async function sendAndNote(deps: SenderDeps, webhook: Webhook, message: Message): Promise<Verdict> {
  const verdict = await sendOnce(deps, webhook, message);
  if (verdict.arrived) await deps.webhooks.noteSent(webhook.id);
  else await deps.webhooks.noteFailure(webhook.id, verdict.message);
  return verdict;
}

async function readSecrets(webhooks: SenderDeps['webhooks'], id: string) {
  try {
    return await webhooks.secrets(id);
  } catch (error) {
    if (error instanceof SecretUnreadable) return undefined;
    throw error;
  }
}
