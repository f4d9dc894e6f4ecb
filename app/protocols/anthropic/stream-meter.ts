import type { Usage, UsageAnomaly } from '../../domain/usage.ts';
import { member, parseJson, textMember } from '../json-value.ts';
import { modelIn, TextCount, usageOf } from '../metering.ts';
import type { MeterPhase, StreamFailure, UsageMeter } from '../protocol.ts';
import { type Frame, FrameReader, frameText } from '../sse.ts';
import { readDeltaText } from './delta.ts';
import { readFailure } from './failure.ts';
import { differs, readInvocationMetrics } from './invocation-metrics.ts';
import { floorUsage, hasNumbers, mergeReported, type Reported, toUsage } from './usage.ts';

/** Event names that say what the frame's JSON says again, so that it need not be parsed. */
const knownEvents: ReadonlySet<string> = new Set([
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
  'ping',
  'error',
]);

/** Reads usage out of a stream: of the frames that come by the thousand, only the text is counted. */
export class StreamMeter implements UsageMeter {
  readonly #reader = new FrameReader((frame) => this.#take(frame));
  readonly #text: TextCount;
  #phase: MeterPhase = 'handshake';
  #failure: StreamFailure | undefined;
  #reported: Reported = {};
  #model: string | undefined;
  #anomalies: readonly UsageAnomaly[] | undefined;
  #containerId: string | undefined;

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
    return this.#containerId === undefined ? [] : [this.#containerId];
  }

  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
  }

  usage(): Usage {
    const usage = usageOf({
      phase: this.#phase,
      reported: hasNumbers(this.#reported) ? toUsage(this.#reported, 'reported') : undefined,
      counted: this.#text,
      floor: (counted) => floorUsage(this.#reported, counted),
    });
    return { ...usage, servedModel: this.#model, anomalies: this.#anomalies };
  }

  #take(frame: Frame): void {
    if (this.#phase === 'ended' || this.#phase === 'error') return;
    switch (knownEvents.has(frame.event) ? frame.event : typeOf(frame)) {
      case 'content_block_delta':
        this.#takeDelta(frame);
        break;
      case 'content_block_start':
        this.#phase = 'content';
        break;
      case 'message_start':
        this.#takeStart(member(parse(frame), 'message'));
        break;
      case 'message_delta':
        this.#takeEnd(parse(frame));
        break;
      case 'message_stop':
        this.#takeStop(frame);
        break;
      case 'error':
        this.#phase = 'error';
        this.#failure = readFailure(parse(frame));
        break;
      default: // pings, block ends and events that are not known yet
    }
  }

  #takeStart(message: unknown): void {
    this.#reported = mergeReported(this.#reported, member(message, 'usage'));
    this.#model = modelIn(message);
    this.#containerId = textMember(member(message, 'container'), 'id');
  }

  #takeEnd(event: unknown): void {
    this.#reported = mergeReported(this.#reported, member(event, 'usage'));
    this.#containerId = textMember(member(member(event, 'delta'), 'container'), 'id') ?? this.#containerId;
  }

  #takeStop(frame: Frame): void {
    this.#phase = 'ended';
    const metrics = readInvocationMetrics(frame);
    if (metrics === undefined) return;
    if (!hasNumbers(this.#reported)) this.#reported = metrics;
    else if (differs(this.#reported, metrics)) this.#anomalies = ['reports-differ'];
  }

  #takeDelta(frame: Frame): void {
    this.#phase = 'content';
    const text = readDeltaText(frame);
    this.#text.add(text.characters, text.isThinking);
  }
}

function parse(frame: Frame): unknown {
  return parseJson(frameText(frame));
}

/** For streams that leave the `event` line out. */
function typeOf(frame: Frame): string | undefined {
  return textMember(parse(frame), 'type');
}
