import { type WebhookKind, webhookKinds } from '../notify/webhook.ts';
import { languages } from '../notify/words.ts';
import { webhookTypes } from '../server/admin/contract-webhooks.ts';
import type { Flags, Invocation } from './command.ts';
import type { FlagValues } from './flags.ts';
import { choices } from './key-fields.ts';
import { askHidden, canAsk, readPipedLines } from './secret-input.ts';
import { UsageError } from './usage-error.ts';

/** What `webhook add` and `webhook edit` share. */
export const webhookFlags: Flags = {
  type: { type: 'string', value: 'TYPE', multiple: true, text: webhookTypes.join(', ') },
  chat: { type: 'string', value: 'CHAT', text: 'of Telegram: its number, or a channel such as @alerts' },
  language: { type: 'string', value: 'TAG', text: `of the messages: ${languages.join(', ')}` },
  'allow-local': { type: 'boolean', text: 'the address may be this computer or the local network' },
  off: { type: 'boolean', text: 'send nothing to it for now' },
  'url-stdin': { type: 'boolean', text: 'read the address from standard input, one line' },
  'secret-stdin': {
    type: 'boolean',
    text: 'read what signs messages, or the token of a bot, from standard input (the line after the address)',
  },
  'ask-secret': { type: 'boolean', text: 'ask for what signs messages, or the token of a bot' },
};

export const webhookSecretNote =
  'Who knows the address can write there: it comes from standard input (--url-stdin) or from a prompt that does not show it, ' +
  'as the secret does. Neither is ever printed.';

export const kindNames: Readonly<Record<WebhookKind, string>> = {
  generic: 'a program of yours',
  slack: 'Slack',
  feishu: 'Feishu',
  wecom: 'WeCom',
  dingtalk: 'DingTalk',
  telegram: 'Telegram',
};

export function readKind(flags: FlagValues): WebhookKind {
  const kind = flags.choice('kind', webhookKinds);
  if (kind === undefined) throw new UsageError(`--kind is missing: ${webhookKinds.join(', ')}.`);
  return kind;
}

/** The fields that are named on the command line; the others are undefined. */
export function readFields(flags: FlagValues) {
  return {
    types: choices(flags, 'type', webhookTypes),
    chatId: flags.text('chat'),
    language: flags.choice('language', languages),
    allowLocal: flags.has('allow-local') ? true : undefined,
    isEnabled: flags.has('off') ? false : undefined,
  };
}

export interface WebhookInput {
  readonly url: string | undefined;
  readonly secret: string | undefined;
}

type Asked = 'url' | 'secret';

const asked: Readonly<Record<Asked, string>> = {
  url: 'Address of the webhook (not shown)',
  secret: 'Its secret, or the token of the bot (not shown)',
};

/** The address and the secret, from where secrets may come from. `needs` is what cannot be left out. */
export async function readSecrets({ flags, io }: Invocation, needs: readonly Asked[]): Promise<WebhookInput> {
  const piped = (['url', 'secret'] as const).filter((one) => flags.has(`${one}-stdin`));
  const missing = needs.filter((one) => !piped.includes(one));
  const [first] = missing;
  // Nobody can type where a pipe is read.
  if (first !== undefined && (piped.length > 0 || !canAsk(io)))
    throw new UsageError(`The ${nouns[first]} is missing. Pipe it in and add --${first}-stdin.`);
  const lines =
    piped.length === 0
      ? []
      : await readPipedLines(
          io.stdin,
          piped.map((one) => `the ${nouns[one]}`),
        );
  const found = new Map<Asked, string | undefined>(piped.map((one, index) => [one, lines[index]]));
  for (const one of missing) found.set(one, await askHidden(io, asked[one]));
  for (const [one, text] of found) if (text === '') throw new UsageError(`The ${nouns[one]} is empty.`);
  return { url: found.get('url'), secret: found.get('secret') };
}

const nouns: Readonly<Record<Asked, string>> = { url: 'address', secret: 'secret' };
