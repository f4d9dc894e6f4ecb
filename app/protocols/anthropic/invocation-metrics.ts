import type { Headers } from '../../domain/headers.ts';
import { member, parseJson } from '../json-value.ts';
import { countIn } from '../metering.ts';
import { type Frame, frameText } from '../sse.ts';
import { hasNumbers, type Reported } from './usage.ts';

const mark = Buffer.from('"amazon-bedrock-invocationMetrics"');

/** What Amazon Bedrock counted itself, in the last event of a stream; undefined from everybody else. */
export function readInvocationMetrics(frame: Frame): Reported | undefined {
  const at = frame.bytes.indexOf(mark, frame.start);
  if (at === -1 || at >= frame.end) return undefined;
  const metrics = member(parseJson(frameText(frame)), 'amazon-bedrock-invocationMetrics');
  const counted: Reported = {
    input: countIn(metrics, 'inputTokenCount'),
    output: countIn(metrics, 'outputTokenCount'),
    cacheRead: countIn(metrics, 'cacheReadInputTokenCount'),
    cacheWrite: countIn(metrics, 'cacheWriteInputTokenCount'),
  };
  return hasNumbers(counted) ? counted : undefined;
}

/** The same of a whole answer, where it stands in the headers. */
export function readMetricHeaders(headers: Headers = {}): Reported | undefined {
  const counted: Reported = {
    input: wholeNumber(headers['x-amzn-bedrock-input-token-count']),
    output: wholeNumber(headers['x-amzn-bedrock-output-token-count']),
    cacheRead: wholeNumber(headers['x-amzn-bedrock-cache-read-input-token-count']),
    cacheWrite: wholeNumber(headers['x-amzn-bedrock-cache-write-input-token-count']),
  };
  return hasNumbers(counted) ? counted : undefined;
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

/** Whether a number that both know is not the same. What the model reported is billed, whatever the metrics say. */
export function differs(reported: Reported, metrics: Reported): boolean {
  return (['input', 'output', 'cacheRead', 'cacheWrite'] as const).some((name) => {
    const [said, counted] = [reported[name], metrics[name]];
    return said !== undefined && counted !== undefined && said !== counted;
  });
}
