import { testSentence } from '../../notify/sentence.ts';
import { WebhookRefused } from '../../notify/webhook-repository.ts';
import { sendAndNote } from '../../notify/webhook-sender.ts';
import { webhookRoutes } from './contract-webhooks.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'webhooks' | 'alerts' | 'control' | 'ports'>;

export function webhookOperations({ webhooks, alerts, control, ports: { clock } }: Parts) {
  return {
    listWebhooks: operation(webhookRoutes.listWebhooks, async () => (await webhooks.list()).map(shown)),
    createWebhook: operation(webhookRoutes.createWebhook, async (input) =>
      shown(await saving(() => webhooks.create(input, alerts.feed.last))),
    ),
    updateWebhook: operation(webhookRoutes.updateWebhook, async ({ id, ...patch }) => {
      const webhook = await saving(() => webhooks.update(id, patch));
      if (webhook) return shown(webhook);
      throw unknownWebhook();
    }),
    removeWebhook: operation(webhookRoutes.removeWebhook, async ({ id }) => {
      if (await webhooks.remove(id)) return { id, removed: true as const };
      throw unknownWebhook();
    }),
    testWebhook: operation(webhookRoutes.testWebhook, async ({ id }) => {
      const webhook = await webhooks.find(id);
      if (!webhook) throw unknownWebhook();
      const message = { text: testSentence(webhook.language), now: clock.now() };
      const verdict = await sendAndNote({ webhooks, control, clock }, webhook, message);
      return verdict.arrived ? { arrived: true } : { arrived: false, message: verdict.message };
    }),
  };
}

type Found = Awaited<ReturnType<Parts['webhooks']['list']>>[number];

function shown({ types, ...rest }: Found) {
  return { ...rest, types: [...types] };
}

async function saving<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof WebhookRefused)) throw error;
    throw new AdminError('request-invalid', error.message, { issues: [error.problem] });
  }
}

function unknownWebhook(): AdminError {
  return new AdminError('not-found', 'There is no such webhook.');
}
