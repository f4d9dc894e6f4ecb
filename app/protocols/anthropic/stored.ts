import type { RequestFacts } from '../../domain/facts.ts';
import { firstElements, parseSpan, scanObject } from '../json-scan.ts';
import { member, textMember } from '../json-value.ts';
import { findFileIds } from '../named-ids.ts';
import type { UsageMeter } from '../protocol.ts';
import { isName } from '../read-facts.ts';
import { itemFacts, storedFacts } from '../stored-facts.ts';
import { BatchMeter, OpaqueMeter, type ReadResult, StoredMeter } from '../stored-meters.ts';
import { hasNumbers, mergeReported, toUsage } from './usage.ts';

const batchPath = /^\/v1\/messages\/batches(?:\/([^/?]+)(\/results|\/cancel)?)?(?:\?|$)/;
const filePath = /^\/v1\/files(?:\/([^/?]+)(\/content)?)?(?:\?|$)/;

/** Facts of a request about batches or files; undefined for every other path. */
export function readStoredFacts(body: Uint8Array, path: string, method = ''): RequestFacts | undefined {
  const [batches, batchId, action] = batchPath.exec(path) ?? [];
  const [files, fileId, content] = filePath.exec(path) ?? [];
  if (batches === undefined && files === undefined) return undefined;
  const isNewBatch = batches !== undefined && batchId === undefined && method === 'POST';
  return isNewBatch
    ? newBatchFacts(body)
    : itemFacts(batchId ?? fileId, method, action === '/results' || content !== undefined);
}

/** Each request of a batch has a model of its own, and may name files. */
function newBatchFacts(body: Uint8Array): RequestFacts {
  return storedFacts('new', { otherModels: batchModels(body), fileIds: findFileIds(body) });
}

/** Requests without a readable model are left to the upstream, which refuses them. Throws `request-invalid`. */
function batchModels(body: Uint8Array): readonly string[] {
  const requests = scanObject(body).get('requests');
  const models = new Set<string>();
  for (const { start, end } of requests ? firstElements(body, requests, Number.POSITIVE_INFINITY) : []) {
    const model = modelOf(body.subarray(start, end));
    if (isName(model)) models.add(model);
  }
  return [...models];
}

function modelOf(request: Uint8Array): unknown {
  const params = scanObject(request).get('params');
  if (!params) return undefined;
  const call = request.subarray(params.start, params.end);
  const model = scanObject(call).get('model');
  return model && parseSpan(call, model);
}

/** For answers about batches and files; undefined for every other path. */
export function createStoredMeter(path: string): UsageMeter | undefined {
  const [batches, , action] = batchPath.exec(path) ?? [];
  if (action === '/results') return new BatchMeter(readResult);
  const [files, , content] = filePath.exec(path) ?? [];
  if (content !== undefined) return new OpaqueMeter();
  return batches === undefined && files === undefined ? undefined : new StoredMeter();
}

const readResult: ReadResult = (line) => {
  const result = member(line, 'result');
  const message = member(result, 'message');
  const model = textMember(message, 'model');
  const reported = mergeReported({}, member(message, 'usage'));
  if (textMember(result, 'type') !== 'succeeded' || model === undefined || !hasNumbers(reported)) return undefined;
  const usage = toUsage(reported, 'reported');
  return { model, usage: { ...usage, serviceTier: usage.serviceTier ?? 'batch' } };
};

/** The API names the address of a batch's results: as a path it leads to whoever was asked, with the key that they know. */
const resultsUrl = /("results_url"\s*:\s*)"https?:\/\/[^"/]+[^"]*?(\/v1\/messages\/batches\/[^"]+)"/g;

export function adjustStoredReply(body: Buffer, path: string): Buffer {
  if (!batchPath.test(path) || !body.includes('"results_url"')) return body;
  return Buffer.from(body.toString().replace(resultsUrl, '$1"$2"'));
}
