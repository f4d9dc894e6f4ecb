import { expect, test } from 'vitest';
import type { ProtocolId } from '../domain/conversation.ts';
import { reachOf, type ServiceId } from './services.ts';

test.each<[services: ServiceId[], protocol: ProtocolId, reach: readonly string[] | undefined]>([
  [[], 'gemini', undefined],
  [['openai'], 'openai-chat', ['direct']],
  [['openai'], 'anthropic', []],
  [['openai', 'azure'], 'openai-responses', ['direct', 'azure']],
  // A cloud that is named is reached in every API that the key may use, and alone only in its own.
  [['anthropic', 'azure'], 'anthropic', ['direct', 'azure']],
  [['anthropic', 'azure'], 'openai-chat', ['azure']],
  [['azure'], 'openai-chat', ['azure']],
  [['azure'], 'anthropic', []],
  [['bedrock'], 'anthropic', ['bedrock']],
  [['azure', 'bedrock'], 'gemini', []],
])('a key for %j may have a call in %s served by %j', (services, protocol, reach) => {
  expect(reachOf(services, protocol)).toEqual(reach);
});
