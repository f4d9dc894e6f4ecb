import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';

/** Whether this computer reaches itself there. Others may still be kept out by a firewall. */
export interface Reached {
  readonly url: string;
  readonly isReachable: boolean;
  readonly ms: number;
  readonly problem?: string | undefined;
}

const timeoutMs = 5_000;

/** Goes the way that others go: to the address itself, through the listener, with TLS. `ca` is all that is trusted. */
export async function reach(url: string, path: string, ca: string | undefined): Promise<Reached> {
  const startedAt = performance.now();
  const took = () => Math.round(performance.now() - startedAt);
  try {
    const status = await statusOf(url + path, ca);
    const problem = status === 200 ? undefined : `Somebody else answers there, with ${status}.`;
    return { url, isReachable: status === 200, ms: took(), ...(problem !== undefined && { problem }) };
  } catch (error) {
    return { url, isReachable: false, ms: took(), problem: error instanceof Error ? error.message : String(error) };
  }
}

function statusOf(url: string, ca: string | undefined): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const options = { agent: false as const, signal: AbortSignal.timeout(timeoutMs) };
  const request = url.startsWith('https:')
    ? secureRequest(url, { ...options, ...(ca !== undefined && { ca }) })
    : plainRequest(url, options);
  request.once('error', reject);
  request.once('response', (response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  });
  request.end();
  return promise;
}
