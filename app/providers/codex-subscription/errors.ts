import type { Fault } from '../../domain/fault.ts';
import { member, parseJson, textMember } from '../../protocols/json-value.ts';
import { plausible, readRetryAfter } from '../anthropic/limits.ts';
import { classify as classifyOpenAI } from '../openai/errors.ts';
import type { FailedReply } from '../provider.ts';
import { readLimits } from './limits.ts';

interface Complaint {
  readonly error: unknown;
  readonly words: readonly (string | undefined)[];
  readonly message: string;
}

const maxReadBytes = 65_536;
/** From the start only: further on a message may quote the client. */
const modelIsNotInPlan = /^the '[^']{1,128}' model is not supported/i;

/** What ChatGPT says in its own words; everything else as OpenAI's API means it. Never throws. */
export function classify(reply: FailedReply): Fault {
  const complaint = readComplaint(reply.body);
  const { words, message } = complaint;
  if (words.includes('usage_limit_reached')) return usageLimit(complaint, reply);
  // The plan has no Codex, or its workspace was closed: somebody has to act.
  if (words.includes('usage_not_included') || words.includes('deactivated_workspace'))
    return { kind: 'account-blocked' };
  if (modelIsNotInPlan.test(message)) return { kind: 'model-unsupported' };
  const fault = classifyOpenAI(reply);
  return reply.status === 403 && fault.kind === 'request-rejected' ? forbidden(reply) : fault;
}

/** A page that asks for a human is not the account's doing; in JSON it says what this one may not do, and others may. */
function forbidden({ headers }: FailedReply): Fault {
  const isPage = headers['cf-mitigated'] !== undefined || /html/i.test(headers['content-type'] ?? '');
  if (!isPage) return { kind: 'model-unsupported' };
  return { kind: 'unreachable', phase: 'first-byte', detail: 'stopped by a page that asks for a human' };
}

/** The reset of the limit that refused: the body's own time, else the latest of the windows that are used up. */
function usageLimit({ error }: Complaint, reply: FailedReply): Fault {
  const { headers, nowMs } = reply;
  const model = reply.facts?.model ?? '';
  const exhausted = readLimits({ status: 429, headers, model, nowMs })?.windows.filter((window) => window.isExhausted);
  const ofPlan = exhausted?.filter(({ models }) => models === undefined) ?? [];
  const isModels = ofPlan.length === 0 && (exhausted?.length ?? 0) > 0;
  const resets = (isModels ? exhausted : ofPlan)?.map(({ resetsAt }) => resetsAt ?? 0) ?? [];
  const retryAfterMs =
    saidWait(error, nowMs) ?? plausible(Math.max(0, ...resets) - nowMs) ?? readRetryAfter(headers, nowMs);
  return { kind: 'rate-limited', scope: isModels ? 'model' : 'account', retryAfterMs };
}

function saidWait(error: unknown, nowMs: number): number | undefined {
  const at = member(error, 'resets_at');
  const inSeconds = member(error, 'resets_in_seconds');
  const byTime = typeof at === 'number' ? plausible(at * 1_000 - nowMs) : undefined;
  return byTime ?? (typeof inSeconds === 'number' ? plausible(inSeconds * 1_000) : undefined);
}

/** `{"error":{…}}` as OpenAI's API has it, or `{"detail":…}` with a sentence or an object. */
function readComplaint(body: Uint8Array): Complaint {
  if (body.length > maxReadBytes) return { error: undefined, words: [], message: '' };
  const document = parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
  const detail = member(document, 'detail');
  const error = member(document, 'error') ?? detail;
  const words = [textMember(error, 'type'), textMember(error, 'code')];
  const message = typeof error === 'string' ? error : textMember(error, 'message');
  return { error, words, message: message?.trim() ?? '' };
}
