import type { AxiosRequestConfig } from 'axios';
import { fetch, Request, Response } from 'undici';
import type { ControlReply, ControlRequest, ControlSend } from '../providers/oauth.ts';
import { isLoopbackHttp } from '../providers/oauth-table.ts';
import { type DispatcherOptions, Dispatchers, type Waking, type Way } from './dispatchers.ts';
import { describeTrouble, isUnsent } from './network-trouble.ts';
import { checkUpstreamAddress } from './upstream-address.ts';

/** Nothing was decided: the address was refused, could not be reached, or did not answer. */
export class NoAnswer extends Error {
  /** The other side may have taken it all the same. */
  readonly mayHaveArrived: boolean;

  constructor(detail: string, cause?: unknown) {
    super(detail, { cause });
    this.name = 'NoAnswer';
    this.mayHaveArrived = cause !== undefined && !isUnsent(cause);
  }
}

/** Two copies of undici's types describe the same functions. */
type FetchEnvironment = NonNullable<AxiosRequestConfig['env']>;

const usualAnswerMs = 30_000;
const maxReplyBytes = 1024 * 1024;

/** Token endpoints and the like: few requests, small answers, the account's own way there, never a redirect. */
export class ControlPlane {
  readonly #dispatchers: Dispatchers;

  constructor(options: DispatcherOptions) {
    this.#dispatchers = new Dispatchers(options);
  }

  /** For one account. What it answers rejects with `NoAnswer`. */
  by(way: Way): ControlSend {
    return (request) => this.#send(request, way);
  }

  wake(waking: Waking): void {
    this.#dispatchers.wake(waking);
  }

  async close(): Promise<void> {
    await this.#dispatchers.close();
  }

  async #send(request: ControlRequest, way: Way): Promise<ControlReply> {
    const problem = problemOf(request.url, way);
    if (problem) throw new NoAnswer(problem);
    try {
      return await this.#ask(request, way);
    } catch (error) {
      throw new NoAnswer(describeTrouble(rootOf(error)), rootOf(error));
    }
  }

  async #ask(
    { url, method, headers, body, answerMs = usualAnswerMs }: ControlRequest,
    way: Way,
  ): Promise<ControlReply> {
    // Loaded when it is needed: most calls never are about a token.
    const { default: axios } = await import('axios');
    const reply = await axios.request<string>({
      url,
      method,
      headers: { 'user-agent': 'waystation', ...headers },
      ...(body === undefined ? {} : { data: body }),
      adapter: 'fetch',
      // Our own connections: with their checks of every address, and through the account's proxy or not at all.
      env: { fetch, Request, Response } as unknown as FetchEnvironment,
      fetchOptions: { dispatcher: this.#dispatchers.of(way) },
      maxRedirects: 0,
      maxContentLength: maxReplyBytes,
      timeout: answerMs,
      signal: AbortSignal.timeout(answerMs),
      responseType: 'text',
      transformRequest: [(data: unknown) => data],
      transformResponse: [(data: unknown) => data],
      validateStatus: () => true,
    });
    const named = Object.entries(reply.headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
    return { status: reply.status, headers: Object.fromEntries(named), body: reply.data };
  }
}

function problemOf(address: string, { allowLocal }: Way): string | undefined {
  const url = URL.parse(address);
  if (!url) return 'it has no address';
  if (url.protocol !== 'https:' && !(allowLocal && isLoopbackHttp(url))) return 'its address is not https';
  const verdict = checkUpstreamAddress(url.origin, { allowLocal });
  return verdict.allowed ? undefined : verdict.reason;
}

/** What axios and fetch wrapped on its way up. */
function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error;
}
