import { fetchPackage } from './fetched-package.ts';

/** The official SDK, as far as the tests use it. */
export interface OpenAIClient {
  readonly chat: { readonly completions: { create(body: object): Promise<Answer>; stream(body: object): ChatStream } };
  readonly responses: {
    create(body: object): Promise<Answer>;
    stream(body: object): ResponseStream;
    retrieve(id: string): Promise<Answer>;
    cancel(id: string): Promise<Answer>;
    delete(id: string): Promise<Answer>;
    readonly inputItems: { list(id: string): Promise<Answer> };
  };
  readonly embeddings: { create(body: object): Promise<Answer> };
  readonly models: { list(): AsyncIterable<Answer>; retrieve(id: string): Promise<Answer> };
  readonly files: {
    create(body: object): Promise<Answer>;
    list(): AsyncIterable<Answer>;
    content(id: string): Promise<Response>;
  };
  readonly batches: { create(body: object): Promise<Answer>; retrieve(id: string): Promise<Answer> };
  readonly conversations: { create(body: object): Promise<Answer>; delete(id: string): Promise<Answer> };
}

export interface OpenAIOptions {
  readonly apiKey: string;
  readonly baseURL: string;
  readonly maxRetries: number;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into as a client's own code would
export type Answer = any;

interface ChatStream extends AsyncIterable<Answer> {
  finalChatCompletion(): Promise<Answer>;
}

interface ResponseStream extends AsyncIterable<Answer> {
  finalResponse(): Promise<Answer>;
}

interface OpenAIModule {
  readonly default: new (options: OpenAIOptions) => OpenAIClient;
  readonly AzureOpenAI: new (options: AzureOptions) => OpenAIClient;
}

export interface AzureOptions {
  readonly endpoint: string;
  readonly apiKey: string;
  readonly apiVersion: string;
  readonly maxRetries: number;
  /** Stands in the path of every request; otherwise the model does. */
  readonly deployment?: string;
}

/** The real `openai` package, fetched once. Answers what makes its client. */
export async function fetchOpenAI(): Promise<(options: OpenAIOptions) => OpenAIClient> {
  const { default: OpenAI } = await importOpenAI();
  return (options) => new OpenAI(options);
}

/** Its client for Azure, with Azure's paths and header. */
export async function fetchAzureOpenAI(): Promise<(options: AzureOptions) => OpenAIClient> {
  const { AzureOpenAI } = await importOpenAI();
  return (options) => new AzureOpenAI(options);
}

async function importOpenAI(): Promise<OpenAIModule> {
  return await import(await fetchPackage({ name: 'openai', version: '7.57.0', entry: 'index.mjs' }));
}
