import type { ToolKind, Usage } from '../../domain/usage.ts';
import { member, parseJson, textMember } from '../json-value.ts';
import { modelIn, TextCount, usageOf } from '../metering.ts';
import type { MeterPhase, StreamFailure, UsageMeter } from '../protocol.ts';
import { type Frame, FrameReader, frameText } from '../sse.ts';
import { readDeltaLength } from './delta.ts';
import { readErrorEvent, readResponseFailure } from './failure.ts';
import { readItemIds } from './stored.ts';
import { floorUsage, readUsage, toolItems } from './usage.ts';

/** The terminal event repeats the whole answer, tools and instructions included. */
const maxFrameBytes = 8_388_608;
/** Where the id stands in what OpenAI sends; anything else is parsed. */
const maxHeadBytes = 512;

const handshakes: ReadonlySet<string> = new Set(['response.created', 'response.queued', 'response.in_progress']);
const reasoningDeltas: ReadonlySet<string> = new Set([
  'response.reasoning_text.delta',
  'response.reasoning_summary_text.delta',
]);
const textDeltas: ReadonlySet<string> = new Set([
  'response.output_text.delta',
  'response.refusal.delta',
  'response.function_call_arguments.delta',
  'response.custom_tool_call_input.delta',
  'response.mcp_call_arguments.delta',
  'response.code_interpreter_call_code.delta',
]);

/**
 * Reads usage out of a stream. An overload can arrive right after `response.created`, so content begins with the first
 * output item or delta.
 */
export class StreamMeter implements UsageMeter {
  readonly #reader = new FrameReader((frame) => this.#take(frame), maxFrameBytes);
  readonly #text: TextCount;
  #phase: MeterPhase = 'handshake';
  #failure: StreamFailure | undefined;
  #responseId: string | undefined;
  #itemIds: readonly string[] = [];
  #usage: Usage | undefined;
  #model: string | undefined;
  readonly #toolRuns = new Map<ToolKind | 'web-search', number>();

  constructor(requestBytes: number) {
    this.#text = new TextCount(requestBytes);
  }

  get phase(): MeterPhase {
    return this.#phase;
  }

  get failure(): StreamFailure | undefined {
    return this.#failure;
  }

  get stateIds(): readonly string[] {
    return this.#responseId === undefined ? [] : [this.#responseId, ...this.#itemIds];
  }

  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
  }

  usage(): Usage {
    // A response that failed may still say what it used.
    if (this.#usage) return { ...this.#usage, servedModel: this.#model };
    return usageOf({
      phase: this.#phase,
      reported: undefined,
      counted: this.#text,
      floor: (counted) => floorUsage(counted, this.#toolRuns),
    });
  }

  #take(frame: Frame): void {
    if (this.#phase === 'ended' || this.#phase === 'error') return;
    const type = isNamed(frame) ? frame.event : (textMember(parse(frame), 'type') ?? '');
    if (textDeltas.has(type) || reasoningDeltas.has(type)) this.#takeDelta(frame, reasoningDeltas.has(type));
    else if (handshakes.has(type)) this.#responseId ??= readId(frame);
    else this.#takeOther(type, frame);
  }

  #takeDelta(frame: Frame, isThinking: boolean): void {
    this.#phase = 'content';
    this.#text.add(readDeltaLength(frame), isThinking);
  }

  #takeOther(type: string, frame: Frame): void {
    switch (type) {
      case 'response.completed':
      case 'response.incomplete':
        this.#end(member(parse(frame), 'response'), 'ended');
        break;
      case 'response.failed':
      case 'response.cancelled':
        this.#end(member(parse(frame), 'response'), 'error');
        break;
      case 'error':
        this.#phase = 'error';
        this.#failure = readErrorEvent(parse(frame));
        break;
      default: // what is not about the response (limits, keep-alives) is no content
        if (!type.startsWith('response.')) break;
        this.#phase = 'content';
        this.#countTool(type);
    }
  }

  /** `response.web_search_call.completed` and its like. */
  #countTool(type: string): void {
    const [, item, state] = type.split('.');
    const kind = state === 'completed' ? toolItems.get(item ?? '') : undefined;
    if (kind !== undefined) this.#toolRuns.set(kind, (this.#toolRuns.get(kind) ?? 0) + 1);
  }

  #end(response: unknown, phase: MeterPhase): void {
    this.#phase = phase;
    this.#responseId ??= textMember(response, 'id');
    this.#model = modelIn(response);
    this.#itemIds = readItemIds(response);
    this.#usage = readUsage(response, this.#toolRuns);
    if (phase === 'error') {
      this.#failure = readResponseFailure(response) ?? { type: 'server_error', message: 'The response failed.' };
    }
  }
}

/** An event line says what the frame's JSON says again, so that it need not be parsed. */
function isNamed(frame: Frame): boolean {
  return frame.event.startsWith('response.') || frame.event === 'error';
}

function parse(frame: Frame): unknown {
  return parseJson(frameText(frame));
}

function readId(frame: Frame): string | undefined {
  const head = frame.bytes.toString('latin1', frame.start, Math.min(frame.end, frame.start + maxHeadBytes));
  const [, id] = /"response":\s*\{\s*"id":\s*"([^"\\]+)"/.exec(head) ?? [];
  return id ?? textMember(member(parse(frame), 'response'), 'id');
}
