import type { Fault } from '../../domain/fault.ts';
import type { Headers } from '../../domain/headers.ts';
import { member, parseJson, textMember } from '../../protocols/json-value.ts';
import { readRetryAfter } from '../anthropic/limits.ts';
import type { FailedReply } from '../provider.ts';

/** What AWS says went wrong: a name such as `ThrottlingException`, and a sentence. */
interface Complaint {
  readonly type: string;
  readonly message: string;
}

/** Longer bodies are web pages. */
const maxReadBytes = 65_536;

type Meaning = 'credential' | 'limit' | 'overload' | 'model' | 'request';

/** By the exception's name, in lower case and without its ending. */
const meanings: ReadonlyMap<string, Meaning> = new Map([
  ['expiredtoken', 'credential'],
  ['incompletesignature', 'credential'],
  ['invalidclienttokenid', 'credential'],
  ['invalidsignature', 'credential'],
  ['missingauthenticationtoken', 'credential'],
  ['notauthorized', 'credential'],
  ['signaturedoesnotmatch', 'credential'],
  ['unrecognizedclient', 'credential'],
  ['servicequotaexceeded', 'limit'],
  ['throttling', 'limit'],
  ['toomanyrequests', 'limit'],
  ['internalserver', 'overload'],
  ['modelerror', 'overload'],
  ['modelnotready', 'overload'],
  ['modelstreamerror', 'overload'],
  ['modeltimeout', 'overload'],
  ['serviceunavailable', 'overload'],
  ['resourcenotfound', 'model'],
  ['validation', 'request'],
]);

/** Anthropic's words for the same, in which exceptions inside a stream have been told already. */
const anthropicMeanings: ReadonlyMap<string, Meaning> = new Map([
  ['authentication_error', 'credential'],
  ['rate_limit_error', 'limit'],
  ['overloaded_error', 'overload'],
  ['timeout_error', 'overload'],
  ['api_error', 'overload'],
  ['not_found_error', 'model'],
  ['invalid_request_error', 'request'],
  ['permission_error', 'request'],
]);
const anthropicTypes: Readonly<Record<Meaning, string>> = {
  credential: 'authentication_error',
  limit: 'rate_limit_error',
  overload: 'overloaded_error',
  model: 'not_found_error',
  request: 'invalid_request_error',
};
/** Overloads that are not the load's fault. */
const exactTypes: ReadonlyMap<string, string> = new Map([
  ['internalserver', 'api_error'],
  ['modelerror', 'api_error'],
  ['modelstreamerror', 'api_error'],
  ['modeltimeout', 'timeout_error'],
  ['accessdenied', 'permission_error'],
]);

// Wording is matched from the start only: further on a message may quote what the client itself sent.
const modelIsWrong =
  /^(?:the provided model identifier is invalid|invocation of model id|you don.t have access to the model|could not resolve the foundation model|this model (?:version )?(?:has reached|is not)|access to this model is not)/i;
const modelIsForbidden = /^user: \S+ is not authorized to perform: bedrock:invokemodel/i;
const credentialIsRefused =
  /^(?:the security token included|authentication failed|bearer token|the request signature|api key|invalid api key)/i;
const clockIsWrong = /^signature (?:expired|not yet current)/i;
const skewedNames: ReadonlySet<string> = new Set(['requesttimetooskewed', 'requestexpired']);

export function classify(reply: FailedReply): Fault {
  const complaint = readComplaint(reply.headers, reply.body);
  if (reply.status < 400 && reply.status !== 200) {
    return { kind: 'unreachable', phase: 'first-byte', detail: `answered with HTTP ${reply.status}` };
  }
  if (clockIsWrong.test(complaint.message) || skewedNames.has(nameOf(complaint))) return classifySkew(reply);
  if (isDenied(complaint)) return classifyDenial(complaint);
  return faultOf(meaningOf(complaint, reply.status), reply);
}

/** Neither the key nor the account is to blame: AWS allows five minutes, and its answer says what time it is there. */
function classifySkew({ headers, nowMs }: FailedReply): Fault {
  const upstreamAheadMs = Date.parse(headers['date'] ?? '') - nowMs;
  if (Number.isFinite(upstreamAheadMs)) return { kind: 'clock-skewed', upstreamAheadMs };
  return { kind: 'unreachable', phase: 'first-byte', detail: 'AWS says that the clock of this computer is wrong' };
}

/** The refusal in Anthropic's envelope, which is what clients of this protocol can read. */
export function encodeRefusal({ status, headers, body }: Pick<FailedReply, 'status' | 'headers' | 'body'>): Uint8Array {
  const complaint = readComplaint(headers, body);
  const type = exactTypes.get(nameOf(complaint)) ?? anthropicTypes[meaningOf(complaint, status)];
  const message = complaint.message || `Amazon Bedrock answered with HTTP ${status}.`;
  return Buffer.from(JSON.stringify({ type: 'error', error: { type, message } }));
}

/** The type of an exception inside a stream, as Anthropic says it. */
export function streamErrorType(exception: string): string {
  const complaint = { type: exception, message: '' };
  return exactTypes.get(nameOf(complaint)) ?? anthropicTypes[meaningOf(complaint, 500)];
}

function isDenied(complaint: Complaint): boolean {
  return nameOf(complaint) === 'accessdenied' || complaint.type === 'permission_error';
}

/** AWS says AccessDenied for a wrong key, a model that was not enabled, and an identity that may do nothing here. */
function classifyDenial({ message }: Complaint): Fault {
  if (modelIsWrong.test(message) || modelIsForbidden.test(message)) return { kind: 'model-unsupported' };
  return { kind: credentialIsRefused.test(message) ? 'credential-rejected' : 'account-blocked' };
}

function meaningOf(complaint: Complaint, status: number): Meaning {
  const named = meanings.get(nameOf(complaint)) ?? anthropicMeanings.get(complaint.type) ?? meaningOfStatus(status);
  if (named === 'request' && modelIsWrong.test(complaint.message)) return 'model';
  return named;
}

function meaningOfStatus(status: number): Meaning {
  if (status === 401 || status === 403) return 'credential';
  if (status === 429) return 'limit';
  if (status === 404) return 'model';
  return status >= 500 || status === 200 || status === 408 || status === 424 ? 'overload' : 'request';
}

function faultOf(meaning: Meaning, { headers, nowMs }: FailedReply): Fault {
  const retryAfterMs = readRetryAfter(headers, nowMs);
  switch (meaning) {
    case 'credential':
      return { kind: 'credential-rejected' };
    case 'limit': // quotas are counted for each model in each region
      return { kind: 'rate-limited', scope: 'model', retryAfterMs };
    case 'overload':
      return { kind: 'overloaded', retryAfterMs };
    case 'model':
      return { kind: 'model-unsupported' };
    case 'request':
      return { kind: 'request-rejected' };
  }
}

/** `ThrottlingException:http://…` and `throttlingException` are the same name. */
function nameOf({ type }: Complaint): string {
  const [name = ''] = type.split(':', 1);
  return name.toLowerCase().replace(/(?:exception|error)$/, '');
}

function readComplaint(headers: Headers, body: Uint8Array): Complaint {
  const document = body.length > maxReadBytes ? undefined : parseJson(Buffer.from(body).toString());
  const error = member(document, 'error');
  const named = headers['x-amzn-errortype'] ?? textMember(document, '__type')?.split('#').at(-1);
  return {
    type: named ?? textMember(error, 'type') ?? '',
    message: textMember(document, 'message') ?? textMember(document, 'Message') ?? textMember(error, 'message') ?? '',
  };
}
