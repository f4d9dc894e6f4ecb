import { hash } from 'node:crypto';
import type { RequestFacts, Span } from '../../domain/facts.ts';
import { firstElement, scanObject } from '../json-scan.ts';
import { member, parseJson, textMember } from '../json-value.ts';
import { findFileIds, idsOrNone } from '../named-ids.ts';
import {
  type Fields,
  isName,
  maxHashedBytes,
  parseSmall,
  rawText,
  readCount,
  readModel,
  readStream,
} from '../read-facts.ts';

/** Room for the cache marks that are taken out before the digest is made. */
const maxMarkBytes = 4_096;

/** Reads the routing facts from a Messages or count-tokens body without building its values. */
export function readFacts(body: Uint8Array): RequestFacts {
  const fields = scanObject(body);
  return {
    ...readModel(body, fields),
    isStream: readStream(body, fields),
    isThinking: readThinking(body, fields),
    maxOutputTokens: readCount(body, fields, 'max_tokens'),
    bodySessionId: readSession(body, fields),
    serverState: idsOrNone([readContainer(body, fields)]),
    fileIds: findFileIds(body),
    contentHash: () => hashContent(body, fields),
  };
}

function readThinking(body: Uint8Array, fields: Fields): boolean {
  const type = member(parseSmall(body, fields.get('thinking')), 'type');
  return type === 'enabled' || type === 'adaptive';
}

/** Claude Code sends a JSON string with `session_id`; older versions sent `user_…_account_…_session_<uuid>`. */
function readSession(body: Uint8Array, fields: Fields): string | undefined {
  const userId = textMember(parseSmall(body, fields.get('metadata')), 'user_id') ?? '';
  const session = userId.startsWith('{') ? textMember(parseJson(userId), 'session_id') : underscoreSession(userId);
  return isName(session) ? session : undefined;
}

function underscoreSession(userId: string): string | undefined {
  return /^user_.*_session_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.exec(userId)?.[1];
}

/** An id, or an object with one and the skills to load. */
function readContainer(body: Uint8Array, fields: Fields): string | undefined {
  const container = parseSmall(body, fields.get('container'));
  const id = typeof container === 'string' ? container : textMember(container, 'id');
  return isName(id) ? id : undefined;
}

function hashContent(body: Uint8Array, fields: Fields): string {
  const messages = fields.get('messages');
  const system = steadyText(body, fields.get('system'));
  const first = steadyText(body, messages && firstElement(body, messages));
  return hash('sha256', `${system}\0${first}`);
}

/** Cache marks move along as a conversation grows, so they must not change its digest. */
function steadyText(body: Uint8Array, span: Span | undefined): string {
  const steady = rawText(body, span).replace(/,\s*"cache_control"\s*:\s*(?:null|\{[^{}]*\})/g, '');
  return steady.slice(0, maxHashedBytes - maxMarkBytes);
}
