import type { Fault } from '../../domain/fault.ts';
import { classify as classifyGemini } from '../gemini/errors.ts';
import type { FailedReply } from '../provider.ts';

/**
 * Google's errors, as on the Gemini API. A question about the account, which names no model, may be refused to some tiers
 * while answers are given: then only a token that is no good says something against the account.
 */
export function classify(reply: FailedReply): Fault {
  const fault = classifyGemini(reply);
  const isAboutAccount = reply.facts?.model === '';
  return isAboutAccount && fault.kind !== 'credential-rejected' ? { kind: 'request-rejected' } : fault;
}
