import { type Answer, type Question, refuses, replies } from './answers.ts';
import { isRecord, listOf } from './json.ts';

interface StoredFile {
  readonly id: string;
  readonly bytes: Uint8Array;
}

interface StoredBatch {
  readonly id: string;
  readonly requests: readonly unknown[];
}

/** Files and batches that the upstream keeps: each credential sees its own. */
export class StoredThings {
  readonly #files = new Map<string, StoredFile[]>();
  readonly #batches = new Map<string, StoredBatch[]>();
  readonly #run: string;
  #count = 0;

  constructor(run: string) {
    this.#run = run;
  }

  /** Undefined for paths that are not about them. */
  answer({ request, body }: Question): Answer | undefined {
    const credential = request.credential ?? '';
    const { method, path } = request;
    const [, collection, id, action = ''] =
      /^\/v1\/(files|messages\/batches)(?:\/([^/?]+)(\/\w+)?)?(?:\?|$)/.exec(path) ?? [];
    if (collection === undefined) return undefined;
    const isFiles = collection === 'files';
    if (method === 'POST' && id === undefined) {
      return isFiles ? this.#upload(credential, request.body) : this.#batch(credential, body);
    }
    const things = isFiles ? listIn(this.#files, credential) : listIn(this.#batches, credential);
    if (id === undefined) return listed(things.map((thing) => this.#wire(thing, request.headers.host)));
    const found = things.find((thing) => thing.id === id);
    if (!found) return refuses(404, { message: `${isFiles ? 'File' : 'Message Batch'} not found` });
    return this.#item(found, {
      verb: method + action,
      host: request.headers.host,
      remove: () => remove(things, found),
    });
  }

  #upload(credential: string, bytes: Uint8Array): Answer {
    const file = { id: this.#newId('file'), bytes };
    listIn(this.#files, credential).push(file);
    return answersJson(this.#wire(file, undefined));
  }

  #batch(credential: string, body: Question['body']): Answer {
    const batch = { id: this.#newId('msgbatch'), requests: listOf(body['requests']) };
    listIn(this.#batches, credential).push(batch);
    return (question) => answersJson(this.#wire(batch, question.request.headers.host))(question);
  }

  #item(
    thing: StoredFile | StoredBatch,
    { verb, host, remove: drop }: { readonly verb: string; readonly host: string | undefined; remove(): void },
  ): Answer {
    if ('bytes' in thing && verb === 'GET/content') {
      return replies({ headers: { 'content-type': 'application/octet-stream' }, body: thing.bytes });
    }
    if ('requests' in thing && verb === 'GET/results') {
      return replies({
        headers: { 'content-type': 'application/x-jsonl' },
        body: thing.requests.map(resultOf).join(''),
      });
    }
    if (verb === 'GET' || verb === 'POST/cancel') return answersJson(this.#wire(thing, host));
    if (verb !== 'DELETE') return refuses(405, { message: 'Method not allowed' });
    drop();
    return answersJson({ id: thing.id, type: 'bytes' in thing ? 'file_deleted' : 'message_batch_deleted' });
  }

  #wire(thing: StoredFile | StoredBatch, host: string | undefined): Record<string, unknown> {
    const created_at = '2026-11-01T00:00:00Z';
    if ('bytes' in thing) return { id: thing.id, type: 'file', size_bytes: thing.bytes.length, created_at };
    return {
      ...{ id: thing.id, type: 'message_batch', processing_status: 'ended', created_at },
      request_counts: { processing: 0, succeeded: thing.requests.length, errored: 0, canceled: 0, expired: 0 },
      results_url: `http://${host}/v1/messages/batches/${thing.id}/results`,
    };
  }

  #newId(start: string): string {
    this.#count += 1;
    return `${start}_${this.#run}${this.#count}`;
  }
}

/** Ten tokens in and five out, at the price of batches; a model that cannot be found fails. */
function resultOf(request: unknown): string {
  const { custom_id, params } = isRecord(request) ? request : {};
  const model = isRecord(params) ? params['model'] : undefined;
  const usage = { input_tokens: 10, output_tokens: 5, service_tier: 'batch' };
  const message = { id: `msg_${custom_id}`, type: 'message', role: 'assistant', model, content: [], usage };
  const error = { type: 'error', error: { type: 'not_found_error', message: `model: ${model}` } };
  const result = model === 'no-such-model' ? { type: 'errored', error } : { type: 'succeeded', message };
  return `${JSON.stringify({ custom_id, result })}\n`;
}

function listed(data: readonly Record<string, unknown>[]): Answer {
  return answersJson({
    data,
    has_more: false,
    first_id: data[0]?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
  });
}

export function listIn<T>(all: Map<string, T[]>, credential: string): T[] {
  const list = all.get(credential) ?? [];
  all.set(credential, list);
  return list;
}

export function remove<T>(list: T[], item: T): void {
  list.splice(list.indexOf(item), 1);
}

export function answersJson(value: unknown): Answer {
  const body = JSON.stringify(value);
  return (question) =>
    replies({ headers: { 'content-type': 'application/json', 'request-id': question.request.id }, body })(question);
}
