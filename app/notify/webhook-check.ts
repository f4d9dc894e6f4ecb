import { checkUpstreamAddress } from '../accounts/upstream-address.ts';
import { isLoopbackHttp } from '../providers/oauth-table.ts';
import type { Webhook, WebhookKind, WebhookSecrets } from './webhook.ts';

export const telegramUrl = 'https://api.telegram.org';

/** What its secret is to a service. */
const secretIs: Readonly<Record<WebhookKind, 'needed' | 'optional' | 'unknown'>> = {
  generic: 'optional',
  slack: 'unknown',
  feishu: 'optional',
  wecom: 'unknown',
  dingtalk: 'optional',
  telegram: 'needed',
};

export interface Problem {
  readonly path: 'url' | 'secret' | 'chatId';
  readonly message: string;
}

/** Why nothing could be sent with it. Never repeats the address: it is a secret. */
export function problemOf(
  { kind, chatId, allowLocal }: Pick<Webhook, 'kind' | 'chatId' | 'allowLocal'>,
  { url, secret }: WebhookSecrets,
): Problem | undefined {
  const address = addressProblem(url, allowLocal);
  if (address !== undefined) return { path: 'url', message: address };
  if (secretIs[kind] === 'needed' && secret === undefined)
    return { path: 'secret', message: 'the token of the bot is missing' };
  if (secretIs[kind] === 'unknown' && secret !== undefined)
    return { path: 'secret', message: 'this service knows none' };
  if ((kind === 'telegram') !== (chatId !== undefined))
    return { path: 'chatId', message: kind === 'telegram' ? 'is missing' : 'only Telegram knows chats' };
  return undefined;
}

function addressProblem(text: string, allowLocal: boolean): string | undefined {
  const url = URL.parse(text);
  if (!url) return 'must be an address such as https://…';
  if (url.protocol !== 'https:' && !(allowLocal && isLoopbackHttp(url)))
    return 'must begin with https://, or with http:// on this computer where local addresses are allowed';
  const verdict = checkUpstreamAddress(url.origin, { allowLocal });
  if (verdict.allowed && url.username === '' && url.password === '') return undefined;
  const isLocal = !allowLocal && checkUpstreamAddress(url.origin, { allowLocal: true }).allowed;
  return isLocal
    ? 'is on this computer or its own network; allow local addresses if you mean it'
    : 'is no address that messages are sent to';
}
