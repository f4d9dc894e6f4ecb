import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { FakeAnthropic } from '../fake-anthropic/fake-anthropic.ts';
import { isRecord, parseRecord } from '../fake-anthropic/json.ts';
import { closeAll, listen } from '../fake-anthropic/listen.ts';
import { chunk } from './event-stream.ts';
import { isSignedWith, readClaim } from './sigv4.ts';

export interface FakeBedrockOptions {
  readonly region?: string;
  /** Secrets by access key id. */
  readonly accessKeys?: Readonly<Record<string, string>>;
  /** The session token that goes with an access key id. */
  readonly sessionTokens?: Readonly<Record<string, string>>;
  readonly apiKeys?: readonly string[];
  readonly now?: () => number;
}

/** What the fake saw of a request. */
export interface SeenInvocation {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  json(): Record<string, unknown>;
}

interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly message: string;
}

/** Changes one message of a stream on its way: none, one or several in its place. */
export type Tamper = (bytes: Buffer, event: string) => readonly Uint8Array[];

const maxSkewMs = 300_000;

/**
 * Bedrock's runtime on loopback: signatures, API keys and clocks are checked, answers are framed. What the model says,
 * what it charges and how it fails comes from a fake of Anthropic's own API behind it, with all its scripts and faults.
 */
export class FakeBedrock {
  readonly model: FakeAnthropic;
  readonly url: string;
  readonly seen: SeenInvocation[] = [];
  readonly #server: Server;
  readonly #options: FakeBedrockOptions;
  #refusals: Refusal[] = [];
  #tamper: Tamper = (bytes) => [bytes];

  private constructor(made: { model: FakeAnthropic; server: Server; port: number; options: FakeBedrockOptions }) {
    this.model = made.model;
    this.url = `http://127.0.0.1:${made.port}`;
    this.#server = made.server;
    this.#options = made.options;
    this.#server.on('request', (message, response) => void this.#answer(message, response));
  }

  static async start(options: FakeBedrockOptions = {}): Promise<FakeBedrock> {
    const server = createServer({ keepAliveTimeout: 120_000 });
    const port = await listen(server, 0);
    return new FakeBedrock({ model: await FakeAnthropic.start(), server, port, options });
  }

  /** Refuses the next requests in AWS's own words. */
  refuse(...refusals: readonly Refusal[]): void {
    this.#refusals.push(...refusals);
  }

  tamper(tamper: Tamper): void {
    this.#tamper = tamper;
  }

  async close(): Promise<void> {
    await closeAll(this.#server);
    await this.model.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(message);
    const { url: path = '', headers } = message;
    this.seen.push({ path, headers, text: body.toString(), json: () => parseRecord(body) ?? {} });
    const refusal = this.#refusals.shift() ?? this.#refusalOf(message, body) ?? invalidity(path, body);
    if (refusal) return this.#refuse(response, refusal);
    this.#invoke(message, body, response);
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  #refuse(response: ServerResponse, { status, type, message }: Refusal): void {
    response.writeHead(status, {
      'content-type': 'application/json',
      'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
      'x-amzn-requestid': 'refused',
      date: new Date(this.#now()).toUTCString(),
    });
    response.end(JSON.stringify({ message }));
  }

  #refusalOf({ method = '', url: target = '', headers }: IncomingMessage, body: Buffer): Refusal | undefined {
    const { accessKeys = {}, sessionTokens = {}, apiKeys = [], region = 'us-east-1' } = this.#options;
    const authorization = headers.authorization ?? '';
    const [, bearer] = /^Bearer (.+)$/.exec(authorization) ?? [];
    if (bearer !== undefined) return apiKeys.includes(bearer) ? undefined : denied;
    const claim = readClaim(authorization);
    if (!claim)
      return { status: 403, type: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' };
    const { accessKeyId } = claim;
    const secret = accessKeys[accessKeyId];
    if (secret === undefined || headers['x-amz-security-token'] !== sessionTokens[accessKeyId]) return unknownToken;
    const scope = `${claim.region}/${claim.service}`;
    if (scope !== `${region}/bedrock`) return forged(`Credential should be scoped to a valid region, not '${scope}'.`);
    const skewMs = this.#now() - signedAt(headers);
    if (Math.abs(skewMs) > maxSkewMs) {
      return forged(
        `Signature ${skewMs > 0 ? 'expired' : 'not yet current'}: ${headers['x-amz-date']} is now off by ${skewMs} ms.`,
      );
    }
    if (isSignedWith(secret, claim, { method, target, headers, body })) return undefined;
    return forged('The request signature we calculated does not match the signature you provided.');
  }

  #invoke(message: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const { model, isStream } = readPath(message.url ?? '');
    const { anthropic_version: _, anthropic_beta: betas, ...asked } = parseRecord(body) ?? {};
    const credential = readClaim(message.headers.authorization ?? '')?.accessKeyId ?? 'api-key';
    const headers = {
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      'x-api-key': credential,
      ...(Array.isArray(betas) && { 'anthropic-beta': betas.join(',') }),
    };
    const inner = request(`${this.model.url}/v1/messages`, { method: 'POST', headers, agent: false });
    response.once('close', () => inner.destroy());
    inner.once('error', () => response.destroy());
    inner.once('response', (answer) => void this.#passOn(answer, response, isStream));
    inner.end(JSON.stringify({ model, stream: isStream, ...asked }));
  }

  async #passOn(answer: IncomingMessage, response: ServerResponse, isStream: boolean): Promise<void> {
    const { statusCode = 500, headers } = answer;
    if (statusCode >= 400) return this.#refuse(response, awsRefusal(statusCode, await readAll(answer)));
    const isFramed = isStream && headers['content-type']?.startsWith('text/event-stream');
    response.writeHead(statusCode, {
      'content-type': isFramed ? 'application/vnd.amazon.eventstream' : (headers['content-type'] ?? ''),
      'x-amzn-requestid': String(headers['request-id'] ?? ''),
    });
    response.flushHeaders();
    const frames = isFramed ? this.#frames() : (bytes: Buffer) => [bytes];
    answer.on('data', (bytes: Buffer) => {
      for (const frame of frames(bytes)) if (!response.write(frame)) answer.pause();
    });
    response.on('drain', () => answer.resume());
    answer.once('end', () => response.end());
    answer.once('error', () => response.destroy());
  }

  /** Server-sent events in, messages out; the last event gets Bedrock's own measurements. */
  #frames(): (bytes: Buffer) => readonly Uint8Array[] {
    const unfinished: Buffer[] = [];
    let counted: Record<string, unknown> = {};
    return (bytes) => {
      unfinished.push(bytes);
      // Looking again at all of a giant event with every piece of it would take minutes.
      if (!bytes.includes('\n')) return [];
      const events = Buffer.concat(unfinished.splice(0)).toString('latin1').split('\n\n');
      unfinished.push(Buffer.from(events.pop() ?? '', 'latin1'));
      return events.flatMap((text) => {
        const data = Buffer.from(text.replace(/^(?:(?!data: ).*\n)*data: /, ''), 'latin1');
        const event = parseRecord(data) ?? {};
        counted = { ...counted, ...usageOf(event) };
        const isLast = event['type'] === 'message_stop';
        return this.#tamper(chunk(isLast ? withMetrics(event, counted) : data), data.toString());
      });
    };
  }
}

const denied: Refusal = {
  status: 403,
  type: 'AccessDeniedException',
  message: 'Authentication failed: Please make sure your API Key is valid.',
};
const unknownToken: Refusal = {
  status: 403,
  type: 'UnrecognizedClientException',
  message: 'The security token included in the request is invalid.',
};

function forged(message: string): Refusal {
  return { status: 403, type: 'InvalidSignatureException', message };
}

function invalidity(path: string, body: Buffer): Refusal | undefined {
  const invalid = (message: string) => ({ status: 400, type: 'ValidationException', message });
  if (!invocation.test(path)) return { status: 404, type: 'UnknownOperationException', message: '' };
  const given = parseRecord(body);
  if (!given) return invalid('Malformed input request, please reformat your input and try again.');
  const extra = ['model', 'stream'].find((name) => name in given);
  if (extra) return invalid(`${extra}: Extra inputs are not permitted`);
  const missing = ['anthropic_version', 'max_tokens', 'messages'].find((name) => !(name in given));
  return missing ? invalid(`${missing}: Field required`) : undefined;
}

const invocation = /^\/model\/([^/]+)\/(invoke|invoke-with-response-stream)$/;

function readPath(path: string) {
  const [, id = '', verb] = invocation.exec(path) ?? [];
  return { model: decodeURIComponent(id), isStream: verb === 'invoke-with-response-stream' };
}

const awsTypes: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  401: 'UnrecognizedClientException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  429: 'ThrottlingException',
  500: 'InternalServerException',
  503: 'ServiceUnavailableException',
  529: 'ServiceUnavailableException',
};

function awsRefusal(status: number, body: Buffer): Refusal {
  const error = parseRecord(body)?.['error'];
  const message = isRecord(error) ? String(error['message']) : '';
  return { status: status === 529 ? 503 : status, type: awsTypes[status] ?? 'InternalServerException', message };
}

function usageOf(event: Record<string, unknown>): Record<string, unknown> {
  const message = isRecord(event['message']) ? event['message'] : event;
  return isRecord(message['usage']) ? message['usage'] : {};
}

function withMetrics(event: object, counted: Record<string, unknown>): string {
  const metrics = {
    inputTokenCount: counted['input_tokens'],
    outputTokenCount: counted['output_tokens'],
    cacheReadInputTokenCount: counted['cache_read_input_tokens'],
    cacheWriteInputTokenCount: counted['cache_creation_input_tokens'],
    invocationLatency: 12,
    firstByteLatency: 3,
  };
  return JSON.stringify({ ...event, 'amazon-bedrock-invocationMetrics': metrics });
}

/** `20261123T120000Z` */
function signedAt(headers: IncomingHttpHeaders): number {
  const date = String(headers['x-amz-date'] ?? '');
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  try {
    for await (const part of message) parts.push(part);
  } catch {
    return Buffer.alloc(0); // whoever sent it has left
  }
  return Buffer.concat(parts);
}
