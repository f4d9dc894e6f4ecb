import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { protocols } from '../../app/protocols/index.ts';
import { providers } from '../../app/providers/index.ts';
import type { Provider } from '../../app/providers/provider.ts';
import { type ProviderId, providerIds } from '../../app/providers/provider-id.ts';

const folder = join(import.meta.dirname, '..', '..', 'app', 'providers');

/** One answer in the shape that the provider's upstream sends, and what it must come to. */
const goldenCase = z.strictObject({
  name: z.string(),
  file: z.string(),
  protocol: z.enum(['anthropic', 'openai-chat', 'openai-responses', 'gemini']),
  /** As the account asks its upstream for it. */
  model: z.string(),
  /** A stream is told by its file, but an array that grows is not. */
  isStream: z.boolean().optional(),
  /** Of the answer, where they say what is charged. */
  headers: z.record(z.string(), z.string()).optional(),
  /** What the upstream was asked for, where that decides its framing; the provider's first route when left out. */
  route: z.string().optional(),
  usage: z.record(z.string(), z.unknown()),
  /** The table's name of the model, where only the answer tells it. */
  pricedAs: z.string().optional(),
  /** Null when the price must be unknown. */
  costNanoUsd: z.int().nullable(),
});
export type GoldenCase = z.infer<typeof goldenCase>;

/** Providers that have a golden file, in the order of the list. */
export function providersWithGolden(): ProviderId[] {
  const found = globSync('*/__fixtures__/golden/golden.json', { cwd: folder }).map((file) => file.split(/[\\/]/)[0]);
  return providerIds.filter((id) => found.includes(id));
}

export function goldenCases(provider: ProviderId): GoldenCase[] {
  return z.array(goldenCase).parse(JSON.parse(readFileSync(place(provider, 'golden.json'), 'utf8')));
}

export function goldenBytes(provider: ProviderId, { file }: GoldenCase): Buffer {
  return readFileSync(place(provider, file));
}

export function isStreamed({ isStream, file }: GoldenCase): boolean {
  return isStream ?? !file.endsWith('.json');
}

/** Out of the provider's own framing, as the relay does it before the meter looks. */
export function reframed(provider: ProviderId, one: GoldenCase, chunks: readonly Uint8Array[]): Uint8Array[] {
  const { routes, createReframer }: Pick<Provider, 'routes' | 'createReframer'> = knownProvider(provider);
  const asked = routes.find((own) => own === (one.route ?? routes[0]));
  const reframer = asked && createReframer?.(isStreamed(one), asked);
  return chunks.map((chunk) => (reframer ? reframer.push(chunk) : chunk));
}

/** What the protocol's meter makes of the answer. */
export function meterFor(one: GoldenCase) {
  const { protocol, headers } = one;
  return protocols[protocol].createMeter({ isStream: isStreamed(one), requestBytes: 4_000, headers });
}

function knownProvider(id: ProviderId): Provider {
  const provider = providers.get(id);
  if (!provider) throw new Error(`There is no provider ${id}`);
  return provider;
}

function place(provider: ProviderId, file: string): string {
  return join(folder, provider, '__fixtures__', 'golden', file);
}
