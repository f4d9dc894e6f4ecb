import type { ProtocolId } from '../../../app/domain/conversation.ts';
import * as anthropicAnswers from '../../support/fake-anthropic/answers.ts';
import { FakeAnthropic } from '../../support/fake-anthropic/fake-anthropic.ts';
import type { SeenRequest } from '../../support/fake-anthropic/seen-request.ts';
import { FakeCodeAssist } from '../../support/fake-code-assist/fake-code-assist.ts';
import * as geminiAnswers from '../../support/fake-gemini/answers.ts';
import { FakeGemini } from '../../support/fake-gemini/fake-gemini.ts';
import * as chatAnswers from '../../support/fake-openai/answers.ts';
import { FakeOpenAI } from '../../support/fake-openai/fake-openai.ts';
import * as responsesAnswers from '../../support/fake-responses/answers.ts';
import { FakeResponses } from '../../support/fake-responses/fake-responses.ts';
import { callsFunction, reasons } from '../../support/fake-responses/items.ts';

export interface Call {
  readonly name: string;
  readonly input: unknown;
}

/** A fake upstream, in the few words that the matrix needs. */
export interface MatrixUpstream extends AsyncDisposable {
  /** The account on it. */
  readonly account: { readonly provider: string; readonly settings: unknown; readonly secretText?: string };
  says(text: string, calls?: readonly Call[]): void;
  thinks(reasoning: string, text: string): void;
  /** Answers with so many tokens of the prompt from the cache. */
  remembers(text: string, cacheReadTokens: number): void;
  /** Declines in the model's own words; undefined where the protocol has no way to. */
  declines?(text: string): void;
  stopsShort(text: string): void;
  refuses(status: number, message: string): void;
  /** What it saw last. */
  seen(): SeenRequest | undefined;
  /** Prompt and output tokens that it charged last. */
  charged(): Promise<readonly [number, number]>;
}

export interface UpstreamKind {
  readonly protocol: ProtocolId;
  /** Where it is not the usual upstream of its protocol. */
  readonly name?: string;
  start(): Promise<MatrixUpstream>;
}

const anthropic: UpstreamKind = {
  protocol: 'anthropic',
  async start() {
    const fake = await FakeAnthropic.start();
    return {
      account: { provider: 'anthropic', settings: { baseUrl: fake.url } },
      says: (text, calls = []) =>
        fake.script([
          anthropicAnswers.says([
            ...(text ? [{ type: 'text', text } as const] : []),
            ...calls.map(({ name, input }) => anthropicAnswers.toolUse(name, input)),
          ]),
        ]),
      thinks: (reasoning, text) =>
        fake.script([anthropicAnswers.says([anthropicAnswers.thinking(reasoning), { type: 'text', text }])]),
      remembers: (text, cacheReadTokens) => fake.script([anthropicAnswers.says(text, { usage: { cacheReadTokens } })]),
      declines: (text) => fake.script([anthropicAnswers.says(text, { stopReason: 'refusal' })]),
      stopsShort: (text) => fake.script([anthropicAnswers.says(text, { stopReason: 'max_tokens' })]),
      refuses: (status, message) => fake.script([anthropicAnswers.refuses(status, { message })]),
      seen: () => fake.calls.at(-1),
      async charged() {
        await fake.settled();
        return totals(fake.ledger.entries().at(-1)?.charged);
      },
      [Symbol.asyncDispose]: () => fake.close(),
    };
  },
};

const chat: UpstreamKind = {
  protocol: 'openai-chat',
  async start() {
    const fake = await FakeOpenAI.start();
    return {
      account: { provider: 'openai-compatible', settings: { baseUrl: `${fake.url}/v1` } },
      says: (text, calls = []) =>
        fake.script([
          chatAnswers.says(text, { calls: calls.map(({ name, input }) => chatAnswers.toolCall(name, input)) }),
        ]),
      thinks: (reasoning, text) => fake.script([chatAnswers.says(text, { reasoning })]),
      remembers: (text, cacheReadTokens) => fake.script([chatAnswers.says(text, { usage: { cacheReadTokens } })]),
      declines: (text) => fake.script([chatAnswers.says('', { refusal: text })]),
      stopsShort: (text) => fake.script([chatAnswers.says(text, { finishReason: 'length' })]),
      refuses: (status, message) => fake.script([chatAnswers.refuses(status, { message })]),
      seen: () => fake.calls.at(-1),
      async charged() {
        await Promise.all(fake.calls.map(({ ended }) => ended));
        return totals(fake.ledger.entries().at(-1)?.charged);
      },
      [Symbol.asyncDispose]: () => fake.close(),
    };
  },
};

const responses: UpstreamKind = {
  protocol: 'openai-responses',
  async start() {
    const fake = await FakeResponses.start();
    return {
      account: { provider: 'openai', settings: { baseUrl: `${fake.url}/v1` } },
      says: (text, calls = []) =>
        fake.script([
          responsesAnswers.says([
            ...(text ? [{ type: 'text', text } as const] : []),
            ...calls.map(({ name, input }) => callsFunction(name, input)),
          ]),
        ]),
      thinks: (reasoning, text) => fake.script([responsesAnswers.says([reasons(reasoning), { type: 'text', text }])]),
      remembers: (text, cacheReadTokens) => fake.script([responsesAnswers.says(text, { prompt: { cacheReadTokens } })]),
      declines: (text) => fake.script([responsesAnswers.says([{ type: 'refusal', text }])]),
      stopsShort: (text) => fake.script([responsesAnswers.stopsShort([{ type: 'text', text }])]),
      refuses: (status, message) => fake.script([responsesAnswers.refuses(status, { message })]),
      seen: () => fake.calls.at(-1),
      async charged() {
        await Promise.all(fake.calls.map(({ ended }) => ended));
        return totals(fake.ledger.entries().at(-1)?.charged);
      },
      [Symbol.asyncDispose]: () => fake.close(),
    };
  },
};

/** Both speak the Gemini API; one of them in a wrapper. */
function fakeGoogle(fake: FakeGemini | FakeCodeAssist, account: MatrixUpstream['account']): MatrixUpstream {
  return {
    account,
    says: (text, calls = []) =>
      fake.script([geminiAnswers.says(text, { calls: calls.map(({ name, input }) => ({ name, args: input })) })]),
    thinks: (reasoning, text) => fake.script([geminiAnswers.says(text, { thoughts: reasoning })]),
    remembers: (text, cacheReadTokens) => fake.script([geminiAnswers.says(text, { usage: { cacheReadTokens } })]),
    stopsShort: (text) => fake.script([geminiAnswers.says(text, { finishReason: 'MAX_TOKENS' })]),
    refuses: (status, message) => fake.script([geminiAnswers.refuses(status, { message })]),
    seen: () => fake.calls.at(-1),
    async charged() {
      await Promise.all(fake.calls.map(({ ended }) => ended));
      return totals(fake.ledger.entries().at(-1)?.charged);
    },
    [Symbol.asyncDispose]: () => fake.close(),
  };
}

const gemini: UpstreamKind = {
  protocol: 'gemini',
  async start() {
    const fake = await FakeGemini.start();
    return fakeGoogle(fake, { provider: 'gemini', settings: { baseUrl: fake.url } });
  },
};

const codeAssist: UpstreamKind = {
  protocol: 'gemini',
  name: 'code-assist',
  async start() {
    const fake = await FakeCodeAssist.start();
    return fakeGoogle(fake, {
      provider: 'gemini-code-assist',
      settings: { baseUrl: fake.url, project: fake.project },
      secretText: JSON.stringify({ access_token: 'ya29.made-up' }),
    });
  },
};

export const upstreamKinds: readonly UpstreamKind[] = [anthropic, chat, responses, gemini, codeAssist];

interface Charged {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
}

function totals(charge: Charged | undefined): readonly [number, number] {
  if (!charge) throw new Error('nothing was charged');
  const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens, outputTokens } = charge;
  return [inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens, outputTokens];
}
