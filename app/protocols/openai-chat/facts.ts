import { hash } from 'node:crypto';
import type { RequestFacts, Span } from '../../domain/facts.ts';
import { firstElements, scanObject } from '../json-scan.ts';
import { member, textMember } from '../json-value.ts';
import { findFileIds } from '../named-ids.ts';
import {
  type Fields,
  invalidModel,
  isName,
  parseSmall,
  rawText,
  readCount,
  readModel,
  readStream,
} from '../read-facts.ts';

/** Instructions take one message or two; the first of the user comes after them. */
const maxHashedMessages = 4;

/**
 * Reads the routing facts from a body for chat, completions, embeddings or images. Images alone may leave the model to
 * the upstream: it is '' then. A model that only the path names (Azure's deployments) has no span.
 */
export function readFacts(body: Uint8Array, path: string): RequestFacts {
  const fields = scanObject(body);
  const isImage = /\/images\//.test(path);
  return {
    ...modelOf(body, fields, { path, isImage }),
    isStream: readStream(body, fields),
    isThinking: isImage || readThinking(body, fields),
    maxOutputTokens: readCount(body, fields, 'max_completion_tokens', 'max_tokens'),
    bodySessionId: readSession(body, fields),
    fileIds: findFileIds(body),
    otherModels: readFallbacks(body, fields),
    contentHash: () => hashContent(body, fields),
  };
}

/** Some compatible vendors take further models, for when the first cannot answer. */
function readFallbacks(body: Uint8Array, fields: Fields): readonly string[] | undefined {
  const models = parseSmall(body, fields.get('models'));
  return Array.isArray(models) ? models.filter(isName) : undefined;
}

/** The body's model wins over the path's, because the body is what goes upstream. */
function modelOf(
  body: Uint8Array,
  fields: Fields,
  { path, isImage }: { readonly path: string; readonly isImage: boolean },
): Pick<RequestFacts, 'model' | 'modelSpan'> {
  if (fields.has('model')) return readModel(body, fields);
  const model = deploymentOf(path) ?? (isImage ? '' : undefined);
  if (model === '' || isName(model)) return { model };
  throw invalidModel();
}

function deploymentOf(path: string): string | undefined {
  const [, encoded] = /\/deployments\/([^/?]+)\//.exec(path) ?? [];
  try {
    return encoded === undefined ? undefined : decodeURIComponent(encoded);
  } catch {
    return undefined; // a malformed name is no name: the caller says that the model is missing
  }
}

/** OpenAI's own field first, then those of compatible vendors. */
function readThinking(body: Uint8Array, fields: Fields): boolean {
  const own = parseSmall(body, fields.get('reasoning_effort'));
  const reasoning = parseSmall(body, fields.get('reasoning'));
  const effort = typeof own === 'string' ? own : textMember(reasoning, 'effort');
  if (effort !== undefined) return effort !== 'none';
  return (
    textMember(parseSmall(body, fields.get('thinking')), 'type') === 'enabled' ||
    parseSmall(body, fields.get('enable_thinking')) === true ||
    member(reasoning, 'enabled') === true
  );
}

/** What names a conversation, then what names a person: both keep a prompt cache in one place. */
function readSession(body: Uint8Array, fields: Fields): string | undefined {
  const metadata = parseSmall(body, fields.get('metadata'));
  const candidates = [
    parseSmall(body, fields.get('prompt_cache_key')),
    parseSmall(body, fields.get('session_id')),
    member(metadata, 'session_id'),
    member(metadata, 'conversation_id'),
    parseSmall(body, fields.get('user')),
    parseSmall(body, fields.get('safety_identifier')),
  ];
  return candidates.find(isName);
}

function hashContent(body: Uint8Array, fields: Fields): string {
  const messages = fields.get('messages');
  const texts = messages ? openingTexts(body, messages) : [rawText(body, fields.get('prompt') ?? fields.get('input'))];
  return hash('sha256', texts.join('\0'));
}

/** The instructions and the first message after them: what comes later grows from call to call. */
function openingTexts(body: Uint8Array, messages: Span): string[] {
  const elements = firstElements(body, messages, maxHashedMessages);
  const first = elements.findIndex((element) => !isInstruction(body, element));
  return elements.slice(0, first + 1 || maxHashedMessages).map((element) => rawText(body, element));
}

function isInstruction(body: Uint8Array, element: Span): boolean {
  const role = roleOf(body.subarray(element.start, element.end));
  return role === 'system' || role === 'developer';
}

function roleOf(message: Uint8Array): unknown {
  try {
    return parseSmall(message, scanObject(message).get('role'));
  } catch {
    return undefined; // no object, or a field twice: the upstream has its say about that
  }
}
