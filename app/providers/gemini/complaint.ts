import { member, parseJson, textMember } from '../../protocols/json-value.ts';

/** Google's error envelope, as far as its providers read it. */
export interface Complaint {
  /** Google's canonical code, such as RESOURCE_EXHAUSTED; empty when it is missing. */
  readonly status: string;
  readonly message: string;
  /** Why, in Google's own list of reasons, such as API_KEY_INVALID. */
  readonly reason: string;
  /** The model that it is about, when the reason names one. */
  readonly model: string | undefined;
  readonly retryDelayMs: number | undefined;
  /** Epoch milliseconds: when a used-up quota is full again, where the reason says so. */
  readonly resetsAt: number | undefined;
  readonly violations: readonly Violation[];
}

export interface Violation {
  readonly quotaId: string;
  /** The model that the quota belongs to, when it names one. */
  readonly model: string | undefined;
}

/** Longer bodies are web pages. */
const maxReadBytes = 65_536;

/** Empty for web pages and empty bodies. A stream that was asked for as an array fails with an array. */
export function readComplaint(body: Uint8Array): Complaint {
  const text = body.length > maxReadBytes ? '' : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  const document = parseJson(text);
  const error = member(Array.isArray(document) ? document[0] : document, 'error');
  const details = listMember(error, 'details');
  const message = textMember(error, 'message') ?? '';
  const info = detailOf(details, 'ErrorInfo');
  const metadata = member(info, 'metadata');
  return {
    status: textMember(error, 'status') ?? textMember(error, 'type') ?? '',
    message,
    reason: textMember(info, 'reason') ?? '',
    model: textMember(metadata, 'model'),
    retryDelayMs: durationMs(textMember(detailOf(details, 'RetryInfo'), 'retryDelay')) ?? waitIn(message),
    resetsAt: timeOf(textMember(metadata, 'quotaResetTimeStamp')),
    violations: listMember(detailOf(details, 'QuotaFailure'), 'violations').map(toViolation),
  };
}

function toViolation(violation: unknown): Violation {
  return {
    quotaId: textMember(violation, 'quotaId') ?? '',
    model: textMember(member(violation, 'quotaDimensions'), 'model'),
  };
}

function listMember(value: unknown, name: string): readonly unknown[] {
  const list = member(value, name);
  return Array.isArray(list) ? list : [];
}

function detailOf(details: readonly unknown[], name: string): unknown {
  return details.find((detail) => textMember(detail, '@type') === `type.googleapis.com/google.rpc.${name}`);
}

/** Such as `51820.6s`. */
function durationMs(text: string | undefined): number | undefined {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(s|ms)$/.exec(text?.trim() ?? '') ?? [];
  return number === '' ? undefined : Number(number) * (unit === 's' ? 1_000 : 1);
}

function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}

function waitIn(message: string): number | undefined {
  return durationMs(/\bPlease retry in (\d+(?:\.\d+)?m?s)\b/.exec(message)?.[1]);
}
