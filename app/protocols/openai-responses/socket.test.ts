import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AnswerMemory, socketError, warmUpEvents } from './socket-answer.ts';
import { type Remembered, readSocketMessage, type SocketMessage, type Turn } from './socket-message.ts';

type Fields = Readonly<Record<string, unknown>>;

const bytesOf = (message: unknown, space?: string | number) => Buffer.from(JSON.stringify(message, null, space));
const create = (fields: Fields): Fields => ({ type: 'response.create', model: 'gpt-6', ...fields });

function turn(message: SocketMessage): Turn {
  if (message.kind !== 'turn') throw new Error(`it is no turn but ${message.kind}`);
  return message;
}

const read = (fields: Fields, remembered?: Remembered, space?: string | number) =>
  readSocketMessage(bytesOf(create(fields), space), remembered);
const bodyOf = (message: SocketMessage) => JSON.parse(turn(message).body.toString());
const itemsOf = (items: Buffer | undefined) => items && JSON.parse(`[${items}]`);
const remember = (items: readonly unknown[], more: Partial<Remembered> = {}): Remembered => {
  return { id: 'resp_1', items: Buffer.from(JSON.stringify(items).slice(1, -1)), isWarmUp: false, ...more };
};

/** Names that mean something to the transport are not among the fields of a request. */
const special = ['type', 'generate', 'background', 'stream', 'stream_id', 'previous_response_id', 'input', 'store'];
const fieldName = fc.string().filter((name) => name !== '__proto__' && name !== 'model' && !special.includes(name));
/** As JSON has it: there is no -0. */
const value = fc.json().map((text): unknown => JSON.parse(text));
const requestFields = fc.dictionary(fieldName, value);
const item = fc.dictionary(fieldName, value);
const blanks = fc.constantFrom(undefined, 1, '\t');

describe('a message as a request', () => {
  test('is every field as it came, asked for as a stream', () => {
    fc.assert(
      fc.property(requestFields, fc.array(item), blanks, (fields, input, space) => {
        const message = read({ ...fields, input, stream: false, generate: true }, undefined, space);
        expect(bodyOf(message)).toEqual({ model: 'gpt-6', ...fields, input, stream: true });
        expect(itemsOf(turn(message).items)).toEqual(input);
      }),
    );
  });

  test('has what came before in front of what is new', () => {
    fc.assert(
      fc.property(requestFields, fc.array(item), fc.array(item), blanks, (fields, before, input, space) => {
        const asked = { previous_response_id: 'resp_1', ...fields, store: false, input };
        const message = read(asked, remember(before), space);
        expect(bodyOf(message)).toEqual({
          model: 'gpt-6',
          ...fields,
          store: false,
          input: [...before, ...input],
          stream: true,
        });
        expect(itemsOf(turn(message).items)).toEqual([...before, ...input]);
      }),
    );
  });

  test('keeps bytes that JSON would print otherwise', () => {
    const rest = '"n":1.0,"b":"\\u00e9","input":[{"x":1E2}],"\xd0\xba":"\xff"';
    const message = readSocketMessage(Buffer.from(`{"type":"response.create",${rest}}`, 'latin1'), undefined);
    expect(turn(message).body.toString('latin1')).toBe(`{${rest},"stream":true}`);
  });

  test.each([
    ['a text', 'Hello', [{ type: 'message', role: 'user', content: 'Hello' }]],
    ['nothing', undefined, []],
    ['null', null, []],
    ['an empty list', [], []],
  ])('may have %s as its input', (_, input, items) => {
    const message = read({ input, store: false, previous_response_id: 'resp_1' }, remember([{ a: 1 }]));
    expect(bodyOf(message)).toMatchObject({ input: [{ a: 1 }, ...items] });
    expect(itemsOf(turn(read({ input })).items)).toEqual(items);
  });

  test('with an input that is none is left to whoever knows what is wrong with it', () => {
    expect(bodyOf(read({ input: 7 }))).toEqual({ model: 'gpt-6', input: 7, stream: true });
    expect(turn(read({ input: 7 })).items).toBeUndefined();
  });
});

describe('a turn that names an answer', () => {
  const named = { previous_response_id: 'resp_1', input: [{ b: 2 }] };

  test.each<[string, Fields, Remembered | undefined, unknown]>([
    ['known here, nothing stored', { ...named, store: false }, remember([{ a: 1 }]), [{ a: 1 }, { b: 2 }]],
    ['a warm-up', named, remember([{ a: 1 }], { isWarmUp: true }), [{ a: 1 }, { b: 2 }]],
  ])('%s: is completed', (_, fields, remembered, input) => {
    expect(bodyOf(read(fields, remembered))).toMatchObject({ input });
    expect(bodyOf(read(fields, remembered))).not.toHaveProperty('previous_response_id');
  });

  test.each<[string, Fields, Remembered | undefined]>([
    ['stored, known here', named, remember([{ a: 1 }])],
    ['stored, of another connection', { ...named, store: true }, undefined],
  ])('%s: is the upstream’s to know', (_, fields, remembered) => {
    expect(bodyOf(read(fields, remembered))).toMatchObject(named);
    expect(turn(read(fields, remembered)).items).toBeUndefined();
  });

  test.each<[string, Remembered | undefined]>([
    ['not known here', undefined],
    ['no longer the last one', remember([], { id: 'resp_2' })],
  ])('%s and not stored: is gone', (_, remembered) => {
    expect(read({ ...named, store: false }, remembered)).toEqual({ kind: 'gone', id: 'resp_1' });
  });
});

test.each<[string, Fields, string]>([
  ['a notice', { type: 'response.processed', response_id: 'resp_1' }, 'notice'],
  ['another type', { type: 'session.update' }, 'unsupported'],
  ['no type', { type: undefined }, 'unsupported'],
  ['a turn in the background', { background: true }, 'unsupported'],
  ['one of several streams', { stream_id: 's1' }, 'unsupported'],
  ['a turn that says it is neither', { background: false, stream_id: null }, 'turn'],
])('%s is told apart', (_, fields, kind) => {
  expect(read(fields).kind).toBe(kind);
});

test('what is no object is refused, and nothing else throws', () => {
  for (const text of ['', '[]', '"x"', '{"a":', 'null']) {
    expect(() => readSocketMessage(Buffer.from(text), undefined)).toThrow(/JSON|object/);
  }
  fc.assert(fc.property(fc.dictionary(fc.constantFrom(...special), fc.jsonValue()), (fields) => void read(fields)));
});

describe('what is remembered of an answer', () => {
  const done = (item: unknown) => ['response.output_item.done', { type: 'response.output_item.done', item }] as const;
  const completed = ['response.completed', { type: 'response.completed', response: { id: 'resp_2' } }] as const;

  function recalled(events: readonly (readonly [string, unknown])[], fields: Fields = { input: [{ a: 1 }] }) {
    const memory = new AnswerMemory(turn(read(fields)));
    for (const [type, event] of events) memory.take(type, bytesOf(event));
    return memory.remembered();
  }

  test('is the conversation with its items, under its id', () => {
    const known = recalled([done({ b: 2 }), ['response.output_text.delta', { delta: 'x' }], done({ c: 3 }), completed]);
    expect(known).toMatchObject({ id: 'resp_2', isWarmUp: false });
    expect(itemsOf(known?.items)).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
  });

  test('is nothing without a good end, or a beginning that is known', () => {
    expect(recalled([done({ b: 2 })])).toBeUndefined();
    expect(recalled([['response.failed', { response: { id: 'resp_2' } }]])).toBeUndefined();
    expect(recalled([completed], { input: 'x', previous_response_id: 'resp_1' })).toBeUndefined();
    expect(recalled([['response.output_item.done', 'no object'], completed])).toBeUndefined();
    expect(recalled([['response.completed', []]])).toBeUndefined();
  });

  test('is nothing of a conversation that is too long to keep', () => {
    const long = { text: 'x'.repeat(5_000_000) };
    expect(recalled([done(long), completed])).toBeDefined();
    expect(recalled([done(long), done(long), completed])).toBeUndefined();
    expect(recalled([completed], { input: [long, long] })).toBeUndefined();
  });
});

test('an HTTP error is one message, whatever its body', () => {
  const message = (body: string) => JSON.parse(socketError({ status: 429, headers: { 'retry-after': '7' }, body }));
  expect(message('{"error":{"type":"usage_limit_reached","resets_at":1}}')).toEqual({
    type: 'error',
    status: 429,
    error: { type: 'usage_limit_reached', resets_at: 1 },
    headers: { 'retry-after': '7' },
  });
  expect(message('{"detail":"Store must be false"}')).toMatchObject({ error: { message: 'Store must be false' } });
  expect(message('<html>')).toMatchObject({ status: 429, error: { message: 'HTTP 429' } });
});

test('a warm-up is an answer without output that costs nothing', () => {
  const [created, done] = warmUpEvents('resp_1', 'gpt-6', 1_700_000_000_000).map((text) => JSON.parse(text));
  expect(created).toMatchObject({ type: 'response.created', response: { id: 'resp_1', created_at: 1_700_000_000 } });
  expect(done).toMatchObject({
    type: 'response.completed',
    response: { id: 'resp_1', status: 'completed', output: [], usage: { input_tokens: 0, total_tokens: 0 } },
  });
});
