import { fetchPackage } from './fetched-package.ts';

/** The official SDK, as far as the tests use it. */
export interface GenAIClient {
  readonly models: {
    generateContent(request: object): Promise<Answer>;
    generateContentStream(request: object): Promise<AsyncIterable<Answer>>;
    embedContent(request: object): Promise<Answer>;
    countTokens(request: object): Promise<Answer>;
    list(): Promise<AsyncIterable<Answer>>;
    get(request: object): Promise<Answer>;
  };
}

export interface GenAIOptions {
  readonly apiKey: string;
  readonly httpOptions: { readonly baseUrl: string };
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into as a client's own code would
export type Answer = any;

interface GenAIModule {
  readonly GoogleGenAI: new (options: GenAIOptions) => GenAIClient;
}

/** The real `@google/genai` package, fetched once. Answers what makes its client. */
export async function fetchGenAI(): Promise<(options: GenAIOptions) => GenAIClient> {
  const address = await fetchPackage({ name: '@google/genai', version: '3.1.0', entry: 'dist/node/index.mjs' });
  const { GoogleGenAI }: GenAIModule = await import(address);
  return (options) => new GoogleGenAI(options);
}
