import { describe, expect, test } from 'vitest';
import { RelayError } from '../../domain/errors.ts';
import { readFacts } from './facts.ts';

const uuid = '0b9f5c1e-2222-4333-8444-555566667777';

function factsOf(body: object) {
  return readFacts(Buffer.from(JSON.stringify(body)));
}

function refusalOf(body: string): string {
  try {
    readFacts(Buffer.from(body));
  } catch (error) {
    if (error instanceof RelayError && error.kind === 'request-invalid') return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('readFacts', () => {
  test('reads what routing needs', () => {
    const body = Buffer.from('{"max_tokens":1, "model" : "claude-opus-5-5","stream":true,"messages":[]}');
    const { contentHash: _, ...facts } = readFacts(body);
    expect(facts).toEqual({
      model: 'claude-opus-5-5',
      modelSpan: { start: 27, end: 44 },
      isStream: true,
      isThinking: false,
      maxOutputTokens: 1,
      bodySessionId: undefined,
    });
    expect(body.toString('utf8', facts.modelSpan?.start, facts.modelSpan?.end)).toBe('"claude-opus-5-5"');
  });

  test.each([
    ['missing', '{"stream":true}'],
    ['empty', '{"model":""}'],
    ['a number', '{"model":1}'],
    ['only inside another field', '{"metadata":{"model":"m"}}'],
    ['malformed', '{"model":"\\x"}'],
    ['far too long', JSON.stringify({ model: 'm'.repeat(257) })],
  ])('refuses a model that is %s', (_, body) => {
    expect(refusalOf(body)).toMatch(/^The field model is missing or wrong\. Send /);
  });

  test('refuses a stream field that is neither true nor false, and takes null for absent', () => {
    expect(refusalOf('{"model":"m","stream":"true"}')).toMatch(/^The field stream /);
    expect(factsOf({ model: 'm', stream: null }).isStream).toBe(false);
    expect(factsOf({ model: 'm', stream: false }).isStream).toBe(false);
  });

  test.each([
    [{ type: 'enabled', budget_tokens: 1024 }, true],
    [{ type: 'adaptive' }, true],
    [{ type: 'disabled' }, false],
    [null, false],
    ['enabled', false],
  ])('thinking %j is %s', (thinking, isThinking) => {
    expect(factsOf({ model: 'm', thinking }).isThinking).toBe(isThinking);
  });

  test.each([
    ['the JSON form', JSON.stringify({ device_id: 'd', account_uuid: '', session_id: uuid }), uuid],
    ['the underscore form', `user_0123abcd_account__session_${uuid}`, uuid],
    ['the underscore form with an account', `user_0123abcd_account_${uuid}_session_${uuid}`, uuid],
    ['broken JSON', '{"session_id":', undefined],
    ['JSON without a session', '{}', undefined],
    ['an empty session', '{"session_id":""}', undefined],
    ['a session that is no text', '{"session_id":7}', undefined],
    ['an inherited name', '{"__proto__":{"session_id":"x"}}', undefined],
    ['an endless session', JSON.stringify({ session_id: 's'.repeat(257) }), undefined],
    ['somebody else’s id', 'customer-42', undefined],
    ['no text', 42, undefined],
  ])('reads the session from %s of metadata.user_id', (_, user_id, session) => {
    expect(factsOf({ model: 'm', metadata: { user_id } }).bodySessionId).toBe(session);
  });

  test.each(['__proto__', 'constructor', 'toString'])('P07 proto-pollution: %s is a name like any other', (name) => {
    const facts = readFacts(Buffer.from(`{"model":"${name}","${name}":{"stream":true},"metadata":{"${name}":1}}`));
    expect([facts.model, facts.isStream, facts.bodySessionId]).toEqual([name, false, undefined]);
  });

  test('P08 invalid-utf8-request: strange bytes inside strings do not matter', () => {
    const body = Buffer.concat([
      Buffer.from('{"model":"m","system":"'),
      Buffer.of(0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80),
      Buffer.from('","messages":[{"role":"user","content":"\\ud800"}]}'),
    ]);
    expect(readFacts(body).model).toBe('m');
    expect(readFacts(body).contentHash()).toHaveLength(64);
  });
});

describe('contentHash', () => {
  const base = { model: 'm', system: 'You are kind.', messages: [{ role: 'user', content: 'Hi' }] };
  const hashOf = (body: object) => factsOf(body).contentHash();

  test('stays the same while a conversation grows', () => {
    const longer = [...base.messages, { role: 'assistant', content: 'Hello' }, { role: 'user', content: 'More' }];
    expect(hashOf({ ...base, messages: longer, max_tokens: 5, model: 'other' })).toBe(hashOf(base));
  });

  test('differs for another system prompt, another first message, and when text moves between them', () => {
    const hashes = [
      base,
      { ...base, system: 'You are terse.' },
      { ...base, messages: [{ role: 'user', content: 'Ho' }] },
      { model: 'm', messages: base.messages },
      { model: 'm', system: base.system },
      { model: 'm' },
    ].map(hashOf);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test('does not see cache marks, which move along with the conversation', () => {
    const block = { type: 'text', text: 'Hi' };
    const marked = { ...block, cache_control: { type: 'ephemeral', ttl: '1h' } };
    const first = { ...base, messages: [{ role: 'user', content: [marked] }] };
    const second = {
      ...base,
      messages: [
        { role: 'user', content: [block] },
        { role: 'user', content: [marked] },
      ],
    };
    expect(hashOf(second)).toBe(hashOf(first));
  });

  test('looks at the first 60 KB only', () => {
    const long = 'x'.repeat(70_000);
    const withEnd = (end: string) => hashOf({ ...base, messages: [{ role: 'user', content: long + end }] });
    expect(withEnd('a')).toBe(withEnd('b'));
  });
});
