import { hash } from 'node:crypto';
import type { RequestFacts, Span } from '../../domain/facts.ts';
import { firstElement, parseSpan } from '../json-scan.ts';
import { member } from '../json-value.ts';
import { type Fields, rawText } from '../read-facts.ts';

/** A generation config may hold a schema; a larger one than this is not parsed. */
const maxConfigBytes = 65_536;

/** What the fields of a request say of it, whether it came in a wrapper or not. */
export function readContent(
  body: Uint8Array,
  fields: Fields,
): Pick<RequestFacts, 'isThinking' | 'maxOutputTokens' | 'contentHash'> {
  return { ...readConfig(body, fields), contentHash: () => hashContent(body, fields) };
}

/** Google's parser takes each name in two spellings. */
function spanOf(fields: Fields, camel: string, snake: string): Span | undefined {
  return fields.get(camel) ?? fields.get(snake);
}

function readConfig(body: Uint8Array, fields: Fields): Pick<RequestFacts, 'isThinking' | 'maxOutputTokens'> {
  const span = spanOf(fields, 'generationConfig', 'generation_config');
  if (span === undefined || span.end - span.start > maxConfigBytes) return { isThinking: false };
  const config = parseSpan(body, span);
  const most = member(config, 'maxOutputTokens') ?? member(config, 'max_output_tokens');
  const maxOutputTokens = typeof most === 'number' && Number.isSafeInteger(most) && most > 0 ? most : undefined;
  return { isThinking: isThinking(config), maxOutputTokens };
}

function isThinking(config: unknown): boolean {
  const thinking = member(config, 'thinkingConfig') ?? member(config, 'thinking_config');
  if (typeof thinking !== 'object' || thinking === null) return false;
  return (member(thinking, 'thinkingBudget') ?? member(thinking, 'thinking_budget')) !== 0;
}

function hashContent(body: Uint8Array, fields: Fields): string {
  const list = fields.get('contents') ?? fields.get('requests');
  const first = list ? firstElement(body, list) : fields.get('content');
  const system = rawText(body, spanOf(fields, 'systemInstruction', 'system_instruction'));
  return hash('sha256', `${system}\0${rawText(body, first)}`);
}
