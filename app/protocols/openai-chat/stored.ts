import type { RequestFacts } from '../../domain/facts.ts';
import { scanObject } from '../json-scan.ts';
import { member, textMember } from '../json-value.ts';
import { idsOrNone } from '../named-ids.ts';
import { readUsage } from '../openai-responses/usage.ts';
import type { UsageMeter } from '../protocol.ts';
import { isName, parseSmall } from '../read-facts.ts';
import { itemFacts, storedFacts } from '../stored-facts.ts';
import { BatchMeter, type ReadResult, StoredMeter } from '../stored-meters.ts';
import { hasNumbers, mergeReported, toUsage } from './usage.ts';

const batchPath = /^\/v1\/batches(?:\/([^/?]+)(\/cancel)?)?(?:\?|$)/;
const filePath = /^\/v1\/files(?:\/([^/?]+)(\/content)?)?(?:\?|$)/;

/** Facts of a request about batches or files; undefined for every other path. */
export function readStoredFacts(body: Uint8Array, path: string, method = ''): RequestFacts | undefined {
  const [batches, batchId] = batchPath.exec(path) ?? [];
  const [files, fileId, content] = filePath.exec(path) ?? [];
  if (batches === undefined && files === undefined) return undefined;
  const isNewBatch = batches !== undefined && batchId === undefined && method === 'POST';
  return isNewBatch ? newBatchFacts(body) : itemFacts(batchId ?? fileId, method, content !== undefined);
}

/** The requests of a batch stand in a file that was uploaded before. */
function newBatchFacts(body: Uint8Array): RequestFacts {
  const file = parseSmall(body, scanObject(body).get('input_file_id'));
  return storedFacts('new', {
    serverState: idsOrNone([isName(file) ? file : undefined]),
    needsHolder: true,
    hidesModels: true,
  });
}

/** For answers about batches and files; undefined for every other path. */
export function createStoredMeter(path: string): UsageMeter | undefined {
  const [files, , content] = filePath.exec(path) ?? [];
  // The results of a batch are a file like any other: only what it is known as tells whether they count.
  if (content !== undefined) return new BatchMeter(readResult);
  return files !== undefined || batchPath.test(path) ? new StoredMeter() : undefined;
}

const readResult: ReadResult = (line) => {
  const answer = member(member(line, 'response'), 'body');
  const model = textMember(answer, 'model');
  const usage = textMember(answer, 'object') === 'response' ? readUsage(answer) : chatUsage(answer);
  return model === undefined || !usage ? undefined : { model, usage: { ...usage, serviceTier: 'batch' } };
};

function chatUsage(answer: unknown) {
  const reported = mergeReported({}, member(answer, 'usage'));
  return hasNumbers(reported) ? toUsage(reported, 'reported') : undefined;
}
