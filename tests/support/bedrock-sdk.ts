import type Anthropic from '@anthropic-ai/sdk';
import { fetchPackage } from './fetched-package.ts';

export interface BedrockOptions {
  readonly baseURL: string;
  readonly awsRegion: string;
  readonly maxRetries: number;
  /** Null keeps it from looking into the environment. */
  readonly apiKey: string | null;
  readonly awsAccessKey?: string;
  readonly awsSecretKey?: string;
  readonly awsSessionToken?: string;
}

/** The part of Anthropic's own client that its Bedrock SDK has as well. */
export type BedrockClient = Pick<Anthropic, 'messages'>;

interface BedrockModule {
  readonly AnthropicBedrock: new (options: BedrockOptions) => BedrockClient;
}

/** The real `@anthropic-ai/bedrock-sdk`, fetched once. Answers what makes its client. */
export async function fetchBedrockSdk(): Promise<(options: BedrockOptions) => BedrockClient> {
  const address = await fetchPackage({ name: '@anthropic-ai/bedrock-sdk', version: '1.1.3', entry: 'index.mjs' });
  const { AnthropicBedrock }: BedrockModule = await import(address);
  return (options) => new AnthropicBedrock(options);
}
