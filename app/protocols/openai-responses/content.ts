import type { AudioPart, DocumentPart, Extra, ImagePart, Part, Source, TextPart } from '../../domain/conversation.ts';
import type { Json } from '../../domain/json.ts';
import { invalidField } from '../invalid-field.ts';
import { cannotCarry, extra, leftovers, ownFields, refuseForeign } from './extras.ts';
import { compact, field, isList, isObject, type JsonObject, textField } from './values.ts';

/** `input[3].content[0].annotations`: a field of the part itself, not of the item around it. */
const contentField = /\.(?:content|output)\[\d+\]\.([^.[\]]+)$/;

/** The parts that a message's content or a tool's output is made of. `path` names the place for errors and extras. */
export function decodeContent(content: Json | undefined, path: string): Part[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  if (!isList(content)) throw invalidField(path, 'text or a list of parts');
  return content.map((part, index) => decodePart(part, `${path}[${index}]`));
}

function decodePart(part: Json, path: string): Part {
  if (!isObject(part)) throw invalidField(path, 'an object');
  switch (textField(part, 'type')) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { kind: 'text', text: required(part, 'text', path), ...extrasOf(part, ['text'], path) };
    case 'refusal':
      return { kind: 'refusal', text: required(part, 'refusal', path), ...extrasOf(part, ['refusal'], path) };
    case 'input_image':
      return decodeImage(part, path);
    case 'input_file':
      return decodeFile(part, path);
    case 'input_audio':
      return decodeAudio(part, path);
    default:
      throw invalidField(
        `${path}.type`,
        'a kind of content that other protocols know, or use a model of this protocol',
      );
  }
}

function extrasOf(part: JsonObject, known: readonly string[], path: string): { readonly extras?: readonly Extra[] } {
  // An empty list of annotations or log probabilities says nothing.
  const isNoise = ({ value }: Extra) => isList(value) && value.length === 0;
  const extras = leftovers(part, ['type', ...known], `${path}.`).filter((found) => !isNoise(found));
  return extras.length > 0 ? { extras } : {};
}

function required(part: JsonObject, name: string, path: string): string {
  const text = textField(part, name);
  if (text === undefined) throw invalidField(`${path}.${name}`, 'text');
  return text;
}

function decodeImage(part: JsonObject, path: string): ImagePart {
  const url = textField(part, 'image_url');
  const fileId = textField(part, 'file_id');
  const detail = textField(part, 'detail');
  const rest = extrasOf(part, ['image_url', 'file_id', 'detail'], path);
  const isNeutral = detail === 'low' || detail === 'high' || detail === 'auto';
  const extras = [...(rest.extras ?? [])];
  if (detail !== undefined && !isNeutral) extras.push(extra(`${path}.detail`, detail, true));
  return {
    kind: 'image',
    source: sourceOf(url, fileId, `${path}.image_url`),
    ...(isNeutral ? { detail } : {}),
    ...(extras.length > 0 ? { extras } : {}),
  };
}

function decodeFile(part: JsonObject, path: string): DocumentPart {
  const name = textField(part, 'filename');
  const content = textField(part, 'file_data');
  const url = content === undefined || content.startsWith('data:') ? content : `data:application/pdf;base64,${content}`;
  const rest = extrasOf(part, ['file_data', 'file_url', 'file_id', 'filename'], path);
  return {
    kind: 'document',
    source: sourceOf(url ?? textField(part, 'file_url'), textField(part, 'file_id'), `${path}.file_data`),
    ...(name === undefined ? {} : { name }),
    ...rest,
  };
}

function decodeAudio(part: JsonObject, path: string): AudioPart {
  const audio = field(part, 'input_audio');
  if (!isObject(audio)) throw invalidField(`${path}.input_audio`, 'an object with data and format');
  const format = textField(audio, 'format');
  const mediaType = format === 'mp3' ? 'audio/mpeg' : `audio/${format}`;
  return {
    kind: 'audio',
    source: { kind: 'base64', mediaType, content: required(audio, 'data', `${path}.input_audio`) },
    ...extrasOf(part, ['input_audio'], path),
  };
}

function sourceOf(url: string | undefined, fileId: string | undefined, path: string): Source {
  if (url === undefined && fileId === undefined) throw invalidField(path, 'a URL, data or the id of a file');
  if (url === undefined) return { kind: 'file', fileId: fileId ?? '' };
  const [head, mediaType] = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i.exec(url) ?? [];
  if (head === undefined) return { kind: 'url', url };
  return { kind: 'base64', mediaType: mediaType || 'application/octet-stream', content: url.slice(head.length) };
}

/** A part of a message of the user, the system, the developer, or of a tool's output. */
export function encodeInputPart(part: Part, place: string): JsonObject {
  refuseForeign(part.extras);
  const own = ownFields(part.extras, contentField);
  switch (part.kind) {
    case 'text':
      return { type: 'input_text', text: part.text, ...own };
    case 'image':
      return { type: 'input_image', ...imageSource(part.source), ...compact({ detail: part.detail }), ...own };
    case 'document':
      return { type: 'input_file', ...fileSource(part), ...compact({ filename: part.name }), ...own };
    case 'audio':
      return { type: 'input_audio', input_audio: audioSource(part.source), ...own };
    default:
      throw cannotCarry(`${part.kind} in ${place}`);
  }
}

export function encodeOutputPart(part: TextPart | Extract<Part, { kind: 'refusal' }>): JsonObject {
  refuseForeign(part.extras);
  const own = ownFields(part.extras, contentField);
  return part.kind === 'text'
    ? { type: 'output_text', text: part.text, ...own }
    : { type: 'refusal', refusal: part.text, ...own };
}

function imageSource(source: Source): JsonObject {
  if (source.kind === 'file') return { file_id: source.fileId };
  return { image_url: source.kind === 'url' ? source.url : dataUrl(source) };
}

function fileSource({ source, name }: DocumentPart): JsonObject {
  switch (source.kind) {
    case 'file':
      return { file_id: source.fileId };
    case 'url':
      return { file_url: source.url };
    case 'base64':
      return { file_data: dataUrl(source), ...(name === undefined ? { filename: defaultName(source.mediaType) } : {}) };
    case 'text': {
      const content = Buffer.from(source.text).toString('base64');
      return { file_data: dataUrl({ mediaType: 'text/plain', content }), filename: name ?? 'document.txt' };
    }
  }
}

/** Data without a file name is refused by the API. */
function defaultName(mediaType: string): string {
  return mediaType === 'application/pdf' ? 'document.pdf' : 'document.txt';
}

function audioSource(source: Source): JsonObject {
  const isSaid = source.kind === 'base64' && /^audio\/(?:mpeg|mp3|wav|x-wav)$/.test(source.mediaType);
  if (!isSaid) throw cannotCarry('audio that is neither MP3 nor WAV in base64');
  return { data: source.content, format: /mp/.test(source.mediaType) ? 'mp3' : 'wav' };
}

function dataUrl({ mediaType, content }: { readonly mediaType: string; readonly content: string }): string {
  return `data:${mediaType};base64,${content}`;
}
