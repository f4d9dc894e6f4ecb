import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bedrockInvoke } from '../../protocols/bedrock-invoke/index.ts';
import { toBedrockBody } from './body.ts';
import { BedrockReframer } from './reframer.ts';

// What we frame for clients of Bedrock against what we read of Bedrock itself.

const envelope = bedrockInvoke({ model: 'm', isStream: true });

/** Through the framer in these pieces, and back. */
function roundTrip(text: string, cuts: readonly number[]): string {
  const bytes = Buffer.from(text);
  const framer = envelope.answer?.createFramer();
  if (!framer) throw new Error('answers are not framed');
  const reframer = new BedrockReframer();
  let at = 0;
  let back = '';
  for (const cut of [...cuts.map((part) => Math.floor(part * bytes.length)).sort((a, b) => a - b), bytes.length]) {
    back += Buffer.from(reframer.push(framer.push(bytes.subarray(at, cut)))).toString();
    at = cut;
  }
  back += Buffer.from(reframer.push(framer.end())).toString();
  reframer.end();
  return back;
}

const event = fc.record({ type: fc.constantFrom('message_start', 'content_block_delta', 'ping'), any: fc.jsonValue() });
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });

describe('a stream that is framed for a client and read again', () => {
  test('S01 utf8-every-cut: is the same, cut anywhere', () => {
    fc.assert(
      fc.property(fc.array(event), cuts, (events, places) => {
        const text = events.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join('');
        expect(roundTrip(text, places)).toBe(text);
      }),
    );
  });

  test('an error event becomes an exception, also behind lines that the upstream left unfinished', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Später, bitte' } };
    const whole = `event: error\ndata: ${JSON.stringify(error)}\n\n`;
    for (const text of [whole, `event: content_block_delta\ndata: {"type":"conte\n${whole}`]) {
      expect(roundTrip(text, [])).toBe(whole);
    }
  });

  test('S08 giant-event: one beyond all limits is an exception, and what follows is still read', () => {
    const giant = `data: {"type":"x","text":"${'x'.repeat(2_000_000)}"}\n\n`;
    expect(roundTrip(giant, [0.3])).toMatch(/^event: error\ndata: .*too large/);
  });
});

test('a body that a client of Bedrock sent goes to Bedrock with every byte of its other fields', () => {
  const rest = '"max_tokens": 7 ,"messages":[{"role":"user","content":"\\u00e4 ä"}],"thinking":{"type":"adaptive"}';
  const opened = envelope.open(
    Buffer.from(`{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["b-1"],${rest}}`),
  );
  expect(Buffer.from(toBedrockBody(opened.body, opened.headers ?? {})).toString()).toBe(
    `{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["b-1"],${rest.replace(' ,', ',')}}`,
  );
});
