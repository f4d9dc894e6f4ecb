import { hash } from 'node:crypto';
import type { RequestFacts } from '../../domain/facts.ts';
import { firstElements, scanObject } from '../json-scan.ts';
import { member, textMember } from '../json-value.ts';
import { findFileIds, findIds, idsOrNone } from '../named-ids.ts';
import { type Fields, isName, parseSmall, rawText, readCount, readModel, readStream } from '../read-facts.ts';

/** A reference is a type and an id. */
const maxReferenceBytes = 1_024;
/** So many items may come before the first one of the user: tools, instructions, permissions. */
const maxItemsBeforeUser = 16;
/** `/v1/responses/{id}`, `…/{id}/cancel` and `…/{id}/input_items`: they name an answer that exists, and have no body. */
const itemPath = /\/responses\/(?!(?:compact|input_tokens)(?:[/?]|$))([^/?]+)(?:\/(?:cancel|input_items))?(?:\?(.*))?$/;

/**
 * Reads the routing facts of a Responses body without building its values. A request without a model (one that a
 * stored prompt completes) is refused, because the model decides which account can serve it; a request for an answer
 * that exists needs none, because that answer's account serves it.
 */
export function readFacts(body: Uint8Array, path: string): RequestFacts {
  const [, id, query] = itemPath.exec(path) ?? [];
  if (id !== undefined) return itemFacts(id, query ?? '');
  const fields = scanObject(body);
  return {
    ...readModel(body, fields),
    isStream: readStream(body, fields),
    isThinking: readThinking(body, fields),
    maxOutputTokens: readCount(body, fields, 'max_output_tokens'),
    bodySessionId: readName(body, fields, 'prompt_cache_key') ?? readConversation(body, fields),
    serverState: idsOrNone([
      readName(body, fields, 'previous_response_id'),
      readConversation(body, fields),
      ...readReferences(body, fields),
      ...findIds(body, 'container').filter((id) => id.startsWith('cntr_')),
    ]),
    fileIds: findFileIds(body),
    leavesState: parseSmall(body, fields.get('store')) !== false,
    contentHash: () => hashContent(body, fields),
  };
}

function itemFacts(id: string, query: string): RequestFacts {
  return {
    model: '',
    isStream: new URLSearchParams(query).get('stream') === 'true',
    isThinking: false,
    serverState: [id],
    stored: 'item',
    contentHash: () => hash('sha256', id),
  };
}

function readThinking(body: Uint8Array, fields: Fields): boolean {
  const reasoning = parseSmall(body, fields.get('reasoning'));
  return typeof reasoning === 'object' && reasoning !== null && textMember(reasoning, 'effort') !== 'none';
}

function readName(body: Uint8Array, fields: Fields, field: string): string | undefined {
  const name = parseSmall(body, fields.get(field));
  return isName(name) ? name : undefined;
}

/** An id, or an object with one. */
function readConversation(body: Uint8Array, fields: Fields): string | undefined {
  const conversation = parseSmall(body, fields.get('conversation'));
  const id = typeof conversation === 'string' ? conversation : member(conversation, 'id');
  return isName(id) ? id : undefined;
}

/** Items that stand for stored ones, by their ids. */
function readReferences(body: Uint8Array, fields: Fields): readonly (string | undefined)[] {
  const input = fields.get('input');
  const json = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (input === undefined || !json.includes('item_reference')) return [];
  const items = firstElements(body, input, Number.POSITIVE_INFINITY).filter(
    ({ start, end }) => end - start <= maxReferenceBytes,
  );
  const parsed = items.map((item) => parseSmall(body, item));
  return parsed.filter((item) => textMember(item, 'type') === 'item_reference').map((item) => textMember(item, 'id'));
}

/** Instructions may come as items before the user's first one: the digest goes up to that. */
function hashContent(body: Uint8Array, fields: Fields): string {
  const input = fields.get('input');
  const items = (input ? firstElements(body, input, maxItemsBeforeUser) : []).map((span) => rawText(body, span));
  const user = items.findIndex((text) => /"role"\s*:\s*"user"/.test(text));
  const steady = items.length === 0 ? [rawText(body, input)] : items.slice(0, user === -1 ? 1 : user + 1);
  return hash('sha256', [rawText(body, fields.get('instructions')), ...steady].join('\0'));
}
