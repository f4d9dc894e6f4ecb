import type { Conversation, ProtocolId, StreamEvent } from '../../app/domain/conversation.ts';
import { noUsage } from '../../app/domain/usage.ts';
import { protocols } from '../../app/protocols/index.ts';
import { parseDocument, StreamTranslator } from '../../app/relay/translate.ts';

/** What crossing from one protocol to another adds to passing bytes on, by pair, in microseconds of CPU. */
export interface Crossings {
  /** For each event that the upstream sends; the meter runs in both cases. */
  readonly perEvent: Readonly<Record<string, number>>;
  /** For a request of about 20 KB: read, put into neutral form, printed for the upstream. */
  readonly perRequest: Readonly<Record<string, number>>;
}

const ids: readonly ProtocolId[] = ['anthropic', 'openai-chat', 'openai-responses', 'gemini'];
const deltas = 200;
const batches = 8;
const streamsInBatch = 25;
const requestsInBatch = 25;
const piece = 'a few words of an answer, größer 你好 ';

interface Pair {
  readonly client: ProtocolId;
  readonly upstream: ProtocolId;
}

const pairs: readonly Pair[] = ids.flatMap((client) =>
  ids.filter((id) => id !== client).map((upstream) => ({ client, upstream })),
);

/** Every pair by its name in the report: the client's protocol, then the upstream's. */
export const pairNames: readonly string[] = pairs.map(nameOf);

/** Every pair of different protocols, in this process. */
export function measureCrossings(): Crossings {
  return { perEvent: byPair(addedPerEvent), perRequest: byPair(addedPerRequest) };
}

function byPair(measure: (pair: Pair) => number): Readonly<Record<string, number>> {
  return Object.fromEntries(pairs.map((pair) => [nameOf(pair), measure(pair)]));
}

function nameOf({ client, upstream }: Pair): string {
  return `${client} ← ${upstream}`;
}

function addedPerEvent({ client, upstream }: Pair): number {
  const frames = framesOf(upstream);
  const translation = {
    from: protocols[upstream].codec,
    to: protocols[client].codec,
    options: { model: conversation.model, createdAt: 0, conversation },
  };
  const pass = () => {
    const meter = protocols[upstream].createMeter({ isStream: true, requestBytes: 1_000 });
    for (const frame of frames) meter.push(frame);
  };
  const cross = () => {
    const meter = protocols[upstream].createMeter({ isStream: true, requestBytes: 1_000 });
    const translator = new StreamTranslator(translation);
    for (const frame of frames) {
      meter.push(frame);
      translator.push(frame);
    }
    translator.end();
  };
  return (cpuMicrosOf(cross, streamsInBatch) - cpuMicrosOf(pass, streamsInBatch)) / frames.length;
}

function addedPerRequest({ client, upstream }: Pair): number {
  const { codec } = protocols[client];
  const body = Buffer.from(JSON.stringify(codec.encodeRequest(conversation)));
  const path = '/v1beta/models/bench-model:streamGenerateContent';
  return cpuMicrosOf(() => {
    const read = { ...codec.decodeRequest(parseDocument(body), path), model: conversation.model };
    Buffer.from(JSON.stringify(protocols[upstream].codec.encodeRequest(read)));
  }, requestsInBatch);
}

/** The least of some batches, after as many that warm the compiler up: what others do on the machine only ever adds. */
function cpuMicrosOf(work: () => void, times: number): number {
  const figures: number[] = [];
  for (let batch = 0; batch < 2 * batches; batch += 1) {
    const before = process.cpuUsage();
    for (let time = 0; time < times; time += 1) work();
    const { user, system } = process.cpuUsage(before);
    if (batch >= batches) figures.push((user + system) / times);
  }
  return Math.min(...figures);
}

/** The upstream's stream, an event in each chunk: the worst case, and the usual one. */
function framesOf(upstream: ProtocolId): readonly Buffer[] {
  const encoder = protocols[upstream].codec.createEncoder({ model: 'bench-model', createdAt: 0, conversation });
  const texts = answer().map((event) => encoder.push(event));
  return texts.filter((text) => text !== '').map((text) => Buffer.from(text));
}

function answer(): readonly StreamEvent[] {
  const usage = { ...noUsage, basis: 'reported', inputTokens: 5_000, outputTokens: deltas * 8 } as const;
  return [
    { kind: 'response-start', id: 'bench-1', model: 'bench-model' },
    { kind: 'usage', usage },
    { kind: 'text-start', index: 0 },
    ...Array.from({ length: deltas }, (): StreamEvent => ({ kind: 'text-delta', index: 0, text: piece })),
    { kind: 'part-end', index: 0 },
    { kind: 'usage', usage },
    { kind: 'response-end', reason: 'end-turn' },
  ];
}

const conversation: Conversation = {
  model: 'bench-model',
  isStream: true,
  system: [{ kind: 'text', text: 'You are a careful engineer. '.repeat(60) }],
  turns: Array.from({ length: 21 }, (_, index) => ({
    role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
    parts: [{ kind: 'text' as const, text: 'export const value = "größer";\n\tif (a < b) { return 1; }\n'.repeat(14) }],
  })),
  tools: Array.from({ length: 4 }, (_, index) => ({
    name: `tool_${index}`,
    description: 'Reads a file of the project.',
    inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
  })),
  maxOutputTokens: 4_096,
  stopSequences: [],
  extras: [],
};
