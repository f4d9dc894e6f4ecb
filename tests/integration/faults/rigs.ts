import type { ProviderId } from '../../../app/providers/provider-id.ts';
import type { Answer } from '../../support/fake-anthropic/answers.ts';
import { FakeAnthropic } from '../../support/fake-anthropic/fake-anthropic.ts';
import type { SeenRequest } from '../../support/fake-anthropic/seen-request.ts';
import { FakeBedrock } from '../../support/fake-bedrock/fake-bedrock.ts';
import { chatGPTLogin, codexHeaders } from '../../support/fake-chatgpt/login.ts';
import { FakeCodeAssist } from '../../support/fake-code-assist/fake-code-assist.ts';
import { FakeGemini } from '../../support/fake-gemini/fake-gemini.ts';
import { FakeOpenAI } from '../../support/fake-openai/fake-openai.ts';
import { FakeResponses } from '../../support/fake-responses/fake-responses.ts';
import { geminiCliAgent } from '../../support/gemini-accounts.ts';
import { claudeCodeHeaders } from '../../support/subscription.ts';
import { type Dialect, dialects } from './dialects.ts';

/** A provider with a fake upstream of its kind. */
export interface Rig {
  readonly dialect: Dialect;
  start(): Promise<RunningRig>;
}

export interface RunningRig {
  /** Fields of an account on it. */
  readonly account: { readonly settings: unknown; readonly secretText?: string; readonly acceptTerms?: boolean };
  /** Of the only client that it may serve. */
  readonly clientHeaders?: Readonly<Record<string, string>>;
  script(answers: readonly Answer[]): void;
  /** What it saw of requests, as they came over the wire. */
  seen(): readonly Pick<SeenRequest, 'headers' | 'path'>[];
  close(): Promise<void>;
}

type Fake = Pick<FakeAnthropic, 'script' | 'requests' | 'close' | 'url'>;

async function running(
  starting: Promise<Fake | FakeResponses>,
  account: (url: string) => RunningRig['account'],
): Promise<RunningRig> {
  const fake = await starting;
  return {
    account: account(fake.url),
    script: (answers) => fake.script(answers),
    seen: () => fake.requests,
    close: () => fake.close(),
  };
}

const secretText = 'sk-own-credential';
const awsSecret = 'madeUpSecretMadeUpSecretMadeUpSecretMade';

function speaksMessages(more: Partial<RunningRig['account']> = { secretText }): Rig {
  return {
    dialect: dialects.messages,
    start: () => running(FakeAnthropic.start(), (baseUrl) => ({ settings: { baseUrl }, ...more })),
  };
}

function speaksChat(settings: (url: string) => unknown): Rig {
  return {
    dialect: dialects.chat,
    start: () => running(FakeOpenAI.start(), (url) => ({ settings: settings(url), secretText })),
  };
}

async function startBedrock(): Promise<RunningRig> {
  const fake = await FakeBedrock.start({ accessKeys: { AKIAMADEUP: awsSecret } });
  return {
    account: {
      settings: { region: 'us-east-1', endpoint: fake.url },
      secretText: `AKIAMADEUP:${awsSecret}`,
    },
    script: (answers) => fake.model.script(answers),
    seen: () => fake.seen,
    close: () => fake.close(),
  };
}

/** `isWrapped`: the answers are Code Assist's own already. */
function speaksCodeAssist(dialect: Dialect, isWrapped: boolean): Rig {
  return {
    dialect,
    async start() {
      const fake = await FakeCodeAssist.start();
      const settings = { baseUrl: fake.url, project: fake.project };
      const script = (answers: readonly Answer[]) => (isWrapped ? fake.scriptAsIs(answers) : fake.script(answers));
      return {
        account: { settings, secretText: JSON.stringify({ access_token: 'ya29.own' }), acceptTerms: true },
        clientHeaders: { 'user-agent': geminiCliAgent },
        script,
        seen: () => fake.requests,
        close: () => fake.close(),
      };
    },
  };
}

/** Every provider, each with all the protocols that it speaks itself. A new one has a rig, or this does not compile. */
export const rigs: Readonly<Record<ProviderId, readonly Rig[]>> = {
  anthropic: [speaksMessages()],
  'claude-console': [speaksMessages()],
  'anthropic-passthrough': [speaksMessages({})],
  bedrock: [{ dialect: dialects.messages, start: startBedrock }],
  relay: [speaksMessages()],
  'claude-subscription': [
    {
      dialect: dialects.messages,
      start: async () => ({
        ...(await speaksMessages({ secretText: 'sk-ant-oat01-own', acceptTerms: true }).start()),
        clientHeaders: claudeCodeHeaders(),
      }),
    },
  ],
  openai: [
    speaksChat((url) => ({ baseUrl: `${url}/v1` })),
    {
      dialect: dialects.responses,
      start: () => running(FakeResponses.start(), (url) => ({ settings: { baseUrl: `${url}/v1` }, secretText })),
    },
  ],
  'codex-subscription': [
    {
      dialect: { ...dialects.responses, body: { ...dialects.responses.body, store: false } },
      start: async () => ({
        ...(await running(FakeResponses.start(), (url) => ({
          settings: { baseUrl: `${url}/backend-api/codex` },
          secretText: chatGPTLogin(),
          acceptTerms: true,
        }))),
        clientHeaders: codexHeaders,
      }),
    },
  ],
  'openai-compatible': [speaksChat((url) => ({ baseUrl: `${url}/v1` }))],
  'azure-openai': [speaksChat((url) => ({ baseUrl: url, mode: 'classic' }))],
  gemini: [
    {
      dialect: dialects.generate,
      start: () => running(FakeGemini.start(), (baseUrl) => ({ settings: { baseUrl }, secretText })),
    },
  ],
  'gemini-code-assist': [speaksCodeAssist(dialects.generate, false), speaksCodeAssist(dialects.assist, true)],
};
