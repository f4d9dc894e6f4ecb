import * as z from 'zod';
import { upstreamModelOf } from '../../accounts/models.ts';
import type { AccountView } from '../../accounts/view.ts';
import { protocols } from '../../protocols/index.ts';
import { smallestQuestion, testOutputTokens } from '../../relay/test-account.ts';
import { most } from '../../usage/estimate.ts';
import { requestIdHeader } from '../reply.ts';
import { find, modelFor } from './account-operations.ts';
import { routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

/** A first call for somebody without a tool: through the relay's own door, as a client's would come. */
export function testCallOperations(parts: AdminParts) {
  return {
    planTestCall: operation(routes.planTestCall, async ({ id, model }) => {
      const view = await find(parts, id);
      if (!canCall(view)) return { accountId: id, way: 'check' as const, model: '', costNanoUsd: 0 };
      const asked = model ?? modelFor(view);
      return { accountId: id, way: 'call' as const, model: asked, costNanoUsd: costOf(parts, view, asked) };
    }),
    sendTestCall: operation(routes.sendTestCall, async ({ id, model }) => {
      const view = await find(parts, id);
      if (!canCall(view)) throw new AdminError('conflict', 'A call that no client made would not be served by it.');
      return await send(parts, view, model ?? modelFor(view));
    }),
  };
}

/** Nothing is made up in the name of another program, and what only forwards credentials has none. */
function canCall({ onlyClient, forwardsClientCredential }: AccountView): boolean {
  return onlyClient === undefined && !forwardsClientCredential;
}

function costOf({ prices }: AdminParts, view: AccountView, model: string): number | null {
  const price = prices.find(upstreamModelOf(view.account, model));
  const size = {
    requestBytes: smallestQuestion({ protocols }, view, model).body.length,
    maxOutputTokens: testOutputTokens,
  };
  return price ? most(size, price).costNanoUsd : null;
}

const patienceMs = 60_000;

async function send({ keyRepository, live, ports, version }: AdminParts, view: AccountView, model: string) {
  const url = live?.url();
  if (url === undefined) throw new AdminError('unavailable', 'No relay runs here. Start it: waystation serve');
  const { route, body, path } = smallestQuestion({ protocols }, view, model);
  const { key, secret } = await keyRepository.create({
    ...{ name: 'Test call', note: 'Made for one test call from the page.', isOwn: true },
    ...{ accountId: view.account.id, expiresAt: ports.clock.now() + 2 * patienceMs },
  });
  try {
    const response = await fetch(`${url}${route === 'generate' ? `${path}/${model}:generateContent` : path}`, {
      method: 'POST',
      headers: {
        ...{ 'content-type': 'application/json', 'x-api-key': secret, 'anthropic-version': '2023-06-01' },
        'user-agent': `waystation/${version}`,
      },
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(patienceMs),
    });
    const message = response.ok ? 'The account answered.' : refusalIn(await response.text());
    return { ok: response.ok, requestId: response.headers.get(requestIdHeader), status: response.status, message };
  } catch (error) {
    throw new AdminError('unavailable', 'The test call was not answered within a minute.', { cause: error });
  } finally {
    // To the trash: the call keeps the name of its key.
    await keyRepository.remove(key.id);
  }
}

const refusal = z.object({ error: z.object({ message: z.string() }) });

function refusalIn(text: string): string {
  try {
    return refusal.parse(JSON.parse(text)).error.message.slice(0, 500);
  } catch {
    return 'The call was refused, without a reason that can be read.';
  }
}
