import type { ControlSend } from '../providers/oauth.ts';
import { readWhole } from './exchange.ts';
import type { SendOptions, Transport } from './transport.ts';

const maxReplyBytes = 256 * 1024;
const answerMs = 15_000;

/** Questions beside the calls, such as for a credential, by the same checked way. Rejects with `TransportError`. */
export function controlSend(
  transport: Pick<Transport, 'send'>,
  way: Pick<SendOptions, 'proxy' | 'allowLocal'>,
): ControlSend {
  return async ({ url, method, headers, body }) => {
    const { origin, pathname, search } = new URL(url);
    const request = {
      origin,
      path: pathname + search,
      method,
      headers: { ...headers, 'accept-encoding': 'identity' },
      body: body === undefined ? undefined : Buffer.from(body),
    };
    const signal = AbortSignal.timeout(answerMs);
    const reply = await transport.send(request, { ...way, firstByteMs: answerMs, signal });
    const text = (await readWhole(reply, maxReplyBytes)).toString();
    return { status: reply.status, headers: reply.headers, body: text };
  };
}
