import { createHmac } from 'node:crypto';
import * as z from 'zod';
import type { Alert } from '../domain/alert.ts';
import { parseJson } from '../protocols/json-value.ts';
import type { ControlReply, ControlRequest } from '../providers/oauth.ts';
import type { Held } from './held.ts';
import type { Webhook, WebhookKind, WebhookSecrets } from './webhook.ts';

export interface Message {
  readonly text: string;
  /** Neither of them for a message that only shows that it arrives. */
  readonly alert?: Alert | undefined;
  readonly held?: Held | undefined;
  readonly now: number;
}

interface Target extends WebhookSecrets {
  readonly chatId?: string | undefined;
}

/** WeCom takes 2,048 bytes and is the strictest; a sentence with the longest names is shorter in any script. */
const mostCharacters = 600;

/** How each service wants to be told: https://api.slack.com/messaging/webhooks, https://open.feishu.cn (custom bots),
 * https://developer.work.weixin.qq.com/document/path/91770, https://open.dingtalk.com (custom robots) and
 * https://core.telegram.org/bots/api#sendmessage. */
export function webhookRequest(kind: WebhookKind, target: Target, message: Message): ControlRequest {
  const text = `Waystation: ${message.text}`.slice(0, mostCharacters);
  return writers[kind](target, { ...message, text });
}

type Writer = (target: Target, message: Message) => ControlRequest;

const writers: Readonly<Record<WebhookKind, Writer>> = {
  generic: ({ url, secret }, { text, alert, held, now }) => {
    const other = held ? { kind: 'held', ...held } : { kind: 'test' };
    const { id, at, ...detail } = alert ?? { id: held?.newest[0]?.id ?? 0, at: now, ...other };
    const body = JSON.stringify({ text, id, at: new Date(at).toISOString(), ...detail });
    const signature = secret && `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    return post(url, body, signature ? { 'x-waystation-signature': signature } : {});
  },
  slack: ({ url }, { text }) =>
    post(url, JSON.stringify({ text: text.replace(/[&<>]/g, (one) => entities[one] ?? one) })),
  feishu: ({ url, secret }, { text, now }) => {
    const timestamp = String(Math.floor(now / 1_000));
    // Here what is signed is the key, and the message is empty.
    const sign = secret && createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64');
    return post(url, JSON.stringify({ ...(sign ? { timestamp, sign } : {}), msg_type: 'text', content: { text } }));
  },
  wecom: ({ url }, { text }) => post(url, JSON.stringify({ msgtype: 'text', text: { content: text } })),
  dingtalk: ({ url, secret }, { text, now }) => {
    const to = new URL(url);
    if (secret) {
      to.searchParams.set('timestamp', String(now));
      to.searchParams.set('sign', createHmac('sha256', secret).update(`${now}\n${secret}`).digest('base64'));
    }
    return post(to.href, JSON.stringify({ msgtype: 'text', text: { content: text } }));
  },
  telegram: ({ url, secret, chatId }, { text }) =>
    post(`${url.replace(/\/+$/, '')}/bot${secret}/sendMessage`, JSON.stringify({ chat_id: chatId, text })),
};

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function post(url: string, body: string, headers: Readonly<Record<string, string>> = {}): ControlRequest {
  return { url, method: 'POST', headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body };
}

/** What became of it. */
export type Verdict =
  | { readonly arrived: true }
  | { readonly arrived: false; readonly message: string; readonly mayTryAgain: boolean };

/** Feishu, WeCom, DingTalk and Telegram say in the body whether they took it, and answer 200 all the same. */
const reply = z.object({
  code: z.number().optional(),
  errcode: z.number().optional(),
  ok: z.boolean().optional(),
  msg: z.string().optional(),
  errmsg: z.string().optional(),
  description: z.string().optional(),
});
/** "Too many messages" and "busy", as WeCom and DingTalk, and as Feishu count them. */
const passing = new Set([45009, 130101, -1, 9499, 11232]);
const mostDetail = 200;

export function verdictOf(kind: WebhookKind, { status, body }: ControlReply): Verdict {
  const said = ownWords(kind, body);
  if (status === 429 || status >= 500) return refusal(status, said.detail, true);
  if (status < 200 || status >= 300) return refusal(status, said.detail, false);
  return said.code === 0 ? { arrived: true } : refusal(status, said.detail, passing.has(said.code));
}

function ownWords(kind: WebhookKind, body: string): { readonly code: number; readonly detail: string } {
  const isPlain = kind === 'generic' || kind === 'slack';
  if (isPlain) return { code: 0, detail: kind === 'slack' ? body : '' };
  const said = reply.safeParse(parseJson(body)).data;
  const detail = said?.msg ?? said?.errmsg ?? said?.description ?? '';
  // An answer that is none of the service's is no yes.
  if (kind === 'telegram') return { code: said?.ok === true ? 0 : 1, detail };
  return { code: (kind === 'feishu' ? said?.code : said?.errcode) ?? 1, detail };
}

function refusal(status: number, detail: string, mayTryAgain: boolean): Verdict {
  const words = detail
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, mostDetail);
  const said = words === '' ? '' : `: ${words}`;
  return { arrived: false, mayTryAgain, message: `It answered ${status} and did not take the message${said}` };
}

/** What a service says may repeat what it was called by. */
export function withoutSecrets(text: string, { url, secret }: WebhookSecrets, { host }: Pick<Webhook, 'host'>): string {
  const { pathname = '', search = '' } = URL.parse(url) ?? {};
  const parts = [secret, search.slice(1), ...pathname.split('/'), ...new URLSearchParams(search).values()];
  const long = parts.filter((part): part is string => part !== undefined && part.length >= 8 && part !== host);
  return long.reduce((rest, part) => rest.replaceAll(part, '•••'), text);
}
