import { isRecord, parseRecord } from '../fake-anthropic/json.ts';
import { write } from '../fake-anthropic/moves.ts';
import { listIn, remove } from '../fake-anthropic/stored.ts';
import { type Answer, answersJson, type Question, refuses } from './answers.ts';

interface Stored {
  readonly id: string;
  readonly kind: 'files' | 'batches' | 'conversations';
  /** A file's content. */
  readonly bytes: Uint8Array;
  readonly wire: Record<string, unknown>;
}

const objects = { files: 'file', batches: 'batch', conversations: 'conversation' } as const;

/** Files, batches and conversations that the upstream keeps: each credential sees its own. */
export class StoredThings {
  readonly #things = new Map<string, Stored[]>();
  readonly #run: string;
  #count = 0;

  constructor(run: string) {
    this.#run = run;
  }

  has(credential: string, id: string): boolean {
    return listIn(this.#things, credential).some((thing) => thing.id === id);
  }

  /** Undefined for paths that are not about them. */
  answer({ request, body }: Question): Answer | undefined {
    const [, kind, id, action = ''] =
      /^\/v1\/(files|batches|conversations)(?:\/([^/?]+)(\/\w+)?)?(?:\?|$)/.exec(request.path) ?? [];
    if (kind !== 'files' && kind !== 'batches' && kind !== 'conversations') return undefined;
    const credential = request.credential ?? '';
    const things = listIn(this.#things, credential);
    const own = things.filter((thing) => thing.kind === kind);
    if (id === undefined && request.method === 'POST')
      return this.#make(credential, kind, { body, bytes: request.body });
    if (id === undefined) return answersJson({ object: 'list', data: own.map(({ wire }) => wire), has_more: false });
    const found = own.find((thing) => thing.id === id);
    if (!found) return refuses(404, { message: `No such object: ${id}` });
    if (action === '/content') return content(found.bytes);
    if (action === '/items') return answersJson({ object: 'list', data: [], has_more: false });
    if (request.method !== 'DELETE') return answersJson(found.wire);
    remove(things, found);
    return answersJson({ id, object: objects[kind], deleted: true });
  }

  #make(
    credential: string,
    kind: Stored['kind'],
    { body, bytes }: { readonly body: Question['body']; readonly bytes: Uint8Array },
  ): Answer {
    if (kind !== 'batches') return answersJson(this.#keep(credential, kind, { bytes }).wire);
    const input = listIn(this.#things, credential).find(({ id }) => id === body['input_file_id']);
    if (!input)
      return refuses(400, { message: `No such File object: ${body['input_file_id']}`, code: 'invalid_request' });
    const output = this.#keep(credential, 'files', { bytes: Buffer.from(resultsOf(input.bytes)) });
    const more = { status: 'completed', input_file_id: input.id, output_file_id: output.id, error_file_id: null };
    return answersJson(this.#keep(credential, 'batches', { bytes: new Uint8Array(), more }).wire);
  }

  #keep(
    credential: string,
    kind: Stored['kind'],
    { bytes, more = {} }: { readonly bytes: Uint8Array; readonly more?: Record<string, unknown> },
  ): Stored {
    this.#count += 1;
    const id = `${{ files: 'file-', batches: 'batch_', conversations: 'conv_' }[kind]}${this.#run}${this.#count}`;
    const thing: Stored = {
      id,
      kind,
      bytes,
      wire: { id, object: objects[kind], created_at: 1_790_000_000, ...more },
    };
    listIn(this.#things, credential).push(thing);
    return thing;
  }
}

/** Ten tokens in and five out for each line of JSON in an upload, whatever stands around it. */
function resultsOf(upload: Uint8Array): string {
  const lines = Buffer.from(upload).toString().split(/\r?\n/);
  return lines
    .map((line) => parseRecord(Buffer.from(line)))
    .filter((request) => request !== undefined)
    .map(({ custom_id, body }) => {
      const model = isRecord(body) ? body['model'] : undefined;
      const answer = { object: 'chat.completion', model, usage: { prompt_tokens: 10, completion_tokens: 5 } };
      return `${JSON.stringify({ custom_id, response: { status_code: 200, body: answer }, error: null })}\n`;
    })
    .join('');
}

function content(bytes: Uint8Array): Answer {
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(bytes.length) };
  return () => [{ do: 'head', status: 200, headers, isCharged: false }, write(bytes), { do: 'end' }];
}
