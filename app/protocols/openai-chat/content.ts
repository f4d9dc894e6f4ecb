import type { AudioPart, DocumentPart, ImagePart, Source, TextPart } from '../../domain/conversation.ts';
import type { Json } from '../../domain/json.ts';
import { invalidField } from '../invalid-field.ts';
import {
  compact,
  extrasOf,
  isArray,
  type JsonObject,
  notCarried,
  objectAt,
  optionalText,
  restored,
  textAt,
  withExtras,
} from './wire.ts';

// The parts of a message's content, both ways.

export type ContentPart = TextPart | ImagePart | DocumentPart | AudioPart;

/** `content` as parts: a bare text is one part, an empty one none. */
export function readContent(content: Json | undefined, path: string): ContentPart[] {
  if (content === undefined || content === null || content === '') return [];
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  if (!isArray(content)) throw invalidField(path, 'text or a list of parts');
  return content.map((part, index) => readPart(part, `${path}[${index}]`));
}

/** For messages that can hold nothing but text. */
export function readTexts(content: Json | undefined, path: string): TextPart[] {
  return readContent(content, path).map((part, index) => {
    if (part.kind === 'text') return part;
    throw invalidField(`${path}[${index}].type`, 'text');
  });
}

function readPart(value: Json, path: string): ContentPart {
  const part = objectAt(value, path);
  switch (part['type']) {
    case 'text':
      return withExtras(
        { kind: 'text', text: textAt(part['text'], `${path}.text`) },
        extrasOf(part, textFields, `${path}.`),
      );
    case 'image_url':
      return readImage(part, path);
    case 'file':
      return readFile(part, path);
    case 'input_audio':
      return readAudio(part, path);
    default:
      throw notCarried(`${path}.type`, `parts of the type ${String(part['type']).slice(0, 64)} are not known`);
  }
}

const textFields: ReadonlySet<string> = new Set(['type', 'text']);
const imageFields: ReadonlySet<string> = new Set(['type', 'image_url']);
const fileFields: ReadonlySet<string> = new Set(['type', 'file']);
const audioFields: ReadonlySet<string> = new Set(['type', 'input_audio']);

function readImage(part: JsonObject, path: string): ImagePart {
  // Some clients send the address bare.
  const given = part['image_url'];
  const image = typeof given === 'string' ? { url: given } : objectAt(given, `${path}.image_url`);
  const source = sourceOf(textAt(image['url'], `${path}.image_url.url`));
  const extras = extrasOf(part, imageFields, `${path}.`);
  const detail = optionalText(image['detail'], `${path}.image_url.detail`);
  if (detail === undefined) return withExtras({ kind: 'image', source }, extras);
  if (detail !== 'low' && detail !== 'high' && detail !== 'auto') {
    throw invalidField(`${path}.image_url.detail`, 'low, high or auto');
  }
  return withExtras({ kind: 'image', source, detail }, extras);
}

function readFile(part: JsonObject, path: string): DocumentPart {
  const file = objectAt(part['file'], `${path}.file`);
  const fileId = optionalText(file['file_id'], `${path}.file.file_id`);
  const name = optionalText(file['filename'], `${path}.file.filename`);
  const source: Source =
    fileId === undefined ? sourceOf(textAt(file['file_data'], `${path}.file.file_data`)) : { kind: 'file', fileId };
  const extras = extrasOf(part, fileFields, `${path}.`);
  return withExtras({ kind: 'document', source, ...(name === undefined ? {} : { name }) }, extras);
}

function readAudio(part: JsonObject, path: string): AudioPart {
  const audio = objectAt(part['input_audio'], `${path}.input_audio`);
  const format = textAt(audio['format'], `${path}.input_audio.format`);
  const content = textAt(audio['data'], `${path}.input_audio.data`);
  const mediaType = format === 'mp3' ? 'audio/mpeg' : `audio/${format}`;
  return withExtras(
    { kind: 'audio', source: { kind: 'base64', mediaType, content } },
    extrasOf(part, audioFields, `${path}.`),
  );
}

/** Data URLs are the protocol's way to send bytes. */
function sourceOf(url: string): Source {
  const comma = url.startsWith('data:') ? url.indexOf(',') : -1;
  const head = url.slice('data:'.length, comma);
  if (comma === -1 || !head.endsWith(';base64')) return { kind: 'url', url };
  return { kind: 'base64', mediaType: head.slice(0, -';base64'.length), content: url.slice(comma + 1) };
}

/** Parts as `content`: the bare text when there is nothing but one text. */
export function writeContent(parts: readonly ContentPart[], path: string): Json {
  const [only] = parts;
  if (only?.kind === 'text' && parts.length === 1 && !only.extras) return only.text;
  return parts.map((part, index) => writePart(part, `${path}[${index}]`));
}

function writePart(part: ContentPart, path: string): Json {
  // A message's own extras ride on its first part.
  const extras = restored(part.extras, ({ field }) => field.includes('.content'));
  switch (part.kind) {
    case 'text':
      return { type: 'text', text: part.text, ...extras };
    case 'image':
      return {
        type: 'image_url',
        image_url: compact({ url: writeUrl(part.source, path), detail: part.detail }),
        ...extras,
      };
    case 'document':
      return { ...writeDocument(part, path), ...extras };
    case 'audio':
      return { type: 'input_audio', input_audio: writeAudio(part.source, path), ...extras };
  }
}

function writeDocument({ source, name }: DocumentPart, path: string): JsonObject {
  switch (source.kind) {
    case 'text':
      return { type: 'text', text: name === undefined ? source.text : `${name}:\n${source.text}` };
    case 'file':
      return { type: 'file', file: compact({ file_id: source.fileId, filename: name }) };
    case 'url':
      throw notCarried(path, 'chat completions take a document by its content, not by its address');
    case 'base64':
      return { type: 'file', file: { filename: name ?? 'document.pdf', file_data: writeUrl(source, path) } };
  }
}

function writeUrl(source: Source, path: string): string {
  if (source.kind === 'file') throw notCarried(path, 'chat completions cannot show an image by its file id');
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.content}`;
}

function writeAudio(source: Source, path: string): Json {
  if (source.kind !== 'base64') throw notCarried(path, 'chat completions take audio by its content only');
  const format = source.mediaType === 'audio/mpeg' ? 'mp3' : source.mediaType.replace(/^audio\/(?:x-)?/, '');
  return { data: source.content, format };
}
