import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ProtocolId, StreamEvent } from '../../domain/conversation.ts';
import { protocols } from '../index.ts';
import { FrameReader, frameText } from '../sse.ts';

// What the provider works off by itself, and what no other protocol has a word for: recorded shapes of every kind.

const others = ['anthropic', 'openai-chat', 'gemini'] as const satisfies readonly ProtocolId[];

function fixture(name: string): Buffer {
  return readFileSync(new URL(`./__fixtures__/${name}.sse`, import.meta.url));
}

function eventsOf(bytes: Buffer): readonly StreamEvent[] {
  const decoder = protocols['openai-responses'].codec.createDecoder();
  const events: StreamEvent[] = [];
  const reader = new FrameReader((frame) => {
    events.push(...decoder.push({ event: frame.event, text: frameText(frame) }));
  });
  reader.push(bytes);
  return [...events, ...decoder.end()];
}

function extrasOf(name: string): readonly (readonly [unknown, boolean])[] {
  return eventsOf(fixture(name)).flatMap((event) =>
    event.kind === 'extra' ? [[Object(event.extra.value).type, event.extra.mayDrop] as const] : [],
  );
}

function toldBy(id: ProtocolId, bytes: Buffer): string {
  const conversation = { model: 'm', isStream: true, system: [], turns: [], tools: [], stopSequences: [], extras: [] };
  const encoder = protocols[id].codec.createEncoder({ model: 'm', createdAt: 0, conversation });
  return eventsOf(bytes)
    .map((event) => encoder.push(event))
    .join('');
}

describe('tools that the provider works off by itself', () => {
  test('are no part of the answer for another protocol, which gets the text and the usage', () => {
    expect(extrasOf('own-tools')).toEqual([
      ['web_search_call', true],
      ['file_search_call', true],
      ['code_interpreter_call', true],
      ['mcp_list_tools', true],
      ['mcp_call', true],
      ['url_citation', true],
    ]);
    const events = eventsOf(fixture('own-tools'));
    const text = events.flatMap((event) => (event.kind === 'text-delta' ? [event.text] : [])).join('');
    expect(text).toBe('It is sunny in Bern ☀️.');
    expect(events.slice(-2)).toMatchObject([
      { kind: 'usage', usage: { inputTokens: 200, cacheReadTokens: 1_000, outputTokens: 80, thinkingTokens: 30 } },
      { kind: 'response-end', reason: 'end-turn' },
    ]);
    for (const id of others) {
      const told = toldBy(id, fixture('own-tools'));
      expect([id, told.includes('sunny in '), /error/i.test(told)]).toEqual([id, true, false]);
    }
  });

  test('are metered with the answer, and are content from the first on', () => {
    const bytes = fixture('own-tools');
    const meter = protocols['openai-responses'].createMeter({ isStream: true, requestBytes: 4_000 });
    const firstItem = bytes.indexOf('event: response.output_item.added');
    meter.push(bytes.subarray(0, firstItem));
    expect(meter.phase).toBe('handshake');
    meter.push(bytes.subarray(firstItem, firstItem + 600));
    expect(meter.phase).toBe('content');
    meter.push(bytes.subarray(firstItem + 600));
    expect(meter.phase).toBe('ended');
    expect(meter.usage()).toMatchObject({ basis: 'reported', inputTokens: 200, webSearchRequests: 1 });
  });
});

describe('pictures, shells and sound', () => {
  test('may not be left out', () => {
    expect(extrasOf('own-media')).toEqual([
      ['image_generation_call', false],
      ['shell_call', false],
      ['shell_call_output', false],
      ['response.audio.delta', false],
      ['response.audio.transcript.delta', false],
    ]);
  });

  test.each(others)('end an answer in %s with an error instead of vanishing', (id) => {
    expect(toldBy(id, fixture('own-media'))).toMatch(/error/i);
  });

  test('are metered all the same', () => {
    const meter = protocols['openai-responses'].createMeter({ isStream: true, requestBytes: 4_000 });
    meter.push(fixture('own-media'));
    expect([meter.phase, meter.usage().outputTokens]).toEqual(['ended', 80]);
  });
});
