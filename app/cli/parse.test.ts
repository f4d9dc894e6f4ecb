import { describe, expect, test } from 'vitest';
import type { Command } from './command.ts';
import { parseCommandLine } from './parse.ts';
import { UsageError } from './usage-error.ts';

const run = async () => 0;
const commands: readonly Command[] = [
  { name: 'status', summary: '', flags: {}, run },
  {
    name: 'key create',
    summary: '',
    flags: {
      name: { type: 'string', text: '' },
      model: { type: 'string', multiple: true, text: '' },
      yes: { type: 'boolean', text: '' },
    },
    run,
  },
  { name: 'key show', argument: 'NAME', summary: '', flags: {}, run },
  { name: 'model alias set', argument: 'FROM TO', summary: '', flags: {}, run },
  {
    name: 'usage list',
    summary: '',
    flags: { limit: { type: 'string', text: '' }, key: { type: 'string', text: '' } },
    run,
  },
];

function parse(...argv: string[]) {
  const { command, argument, flags, wantsHelp } = parseCommandLine(argv, commands);
  return { name: command?.name, argument, flags: flags.raw, wantsHelp };
}

function refusal(...argv: string[]): string {
  try {
    parse(...argv);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('It was not refused.');
}

test('words name the command, wherever the flags stand', () => {
  expect(parse('--json', 'key', '--name', 'laptop', 'create', '--model=a*', '--model', 'b')).toEqual({
    name: 'key create',
    argument: undefined,
    flags: { json: true, name: 'laptop', model: ['a*', 'b'] },
    wantsHelp: false,
  });
  expect(parse('key', 'show', 'laptop', '--data-dir', '/tmp/x')).toMatchObject({
    argument: 'laptop',
    flags: { 'data-dir': '/tmp/x' },
  });
});

test('a command may have three words and take two', () => {
  const { command, words } = parseCommandLine(['model', 'alias', 'set', 'opus', 'claude-opus-5-5'], commands);
  expect([command?.name, words]).toEqual(['model alias set', ['opus', 'claude-opus-5-5']]);
  expect(refusal('model', 'alias', 'set', 'opus')).toBe('TO is missing: waystation model alias set FROM TO');
  expect(refusal('model', 'alias', 'set')).toContain('FROM is missing');
  expect(refusal('model', 'alias', 'set', 'a', 'b', 'c')).toContain('Too many words');
});

test('help is asked for in three ways', () => {
  for (const argv of [
    ['help', 'key', 'show'],
    ['key', 'show', '--help'],
    ['-h', 'key', 'show'],
  ]) {
    expect(parse(...argv)).toMatchObject({ name: 'key show', wantsHelp: true });
  }
  expect(parse('key', '--help')).toMatchObject({ name: undefined, wantsHelp: true });
  expect(parse()).toMatchObject({ name: undefined, wantsHelp: false });
});

describe('a wrong command line is refused with the way out', () => {
  test.each([
    [['statsu'], 'There is no command statsu. Did you mean: status?'],
    [['banana'], 'There is no command banana. See: waystation --help'],
    [['key', 'creat'], 'There is no such command. Did you mean: key create?'],
    [['key'], 'Say what to do: key create|show'],
    [['key', 'show'], 'NAME is missing: waystation key show NAME'],
    [['key', 'show', 'a', 'b'], 'Too many words for key show. See: waystation key show --help'],
    [['status', '--limt', '3'], 'There is no flag --limt. See --help'],
    [['usage', 'list', '--limt', '3'], 'There is no flag --limt. Did you mean: --limit?'],
    [['status', '--limit', '3'], '--limit does not belong to this command.'],
    [['usage', 'list', '--limit'], '--limit needs a value: --limit VALUE'],
    [['key', 'create', '--name', '--json'], '--name needs a value: --name VALUE'],
    [['key', 'create', '--name', 'a', '--name', 'b'], '--name is there twice.'],
    [['key', 'create', '--yes=1'], '--yes takes no value.'],
  ])('%j', (argv, message) => {
    expect(refusal(...argv)).toBe(message);
  });
});

describe('a secret is never taken from an argument, and never repeated', () => {
  const secret = 'sk-ant-api03-abcdefghijklmnop';

  test.each([
    [['key', 'create', '--secret', secret]],
    [['key', 'create', `--api-key=${secret}`]],
    [['key', 'create', '--name', secret]],
    [['key', 'show', 'wsk_abcdefghijklmnopqrstuvwxyz']],
    [['status', '--database-url', 'postgres://me:hunter2secret@db/x']],
    [['key', 'create', '--password', 'hunter2secret']],
    [['key', 'create', '--token=hunter2secret']],
  ])('%j', (argv) => {
    const message = refusal(...argv);
    expect(message).toMatch(/your shell keeps them in its history/);
    expect(message).not.toMatch(/abcdefgh|hunter2/);
  });

  test('a flag called --key is fine where it names one', () => {
    expect(parse('usage', 'list', '--key', 'laptop').flags).toEqual({ key: 'laptop' });
  });
});

test('names from the prototype are no flags and no commands', () => {
  expect(refusal('status', '--constructor', 'x')).toMatch(/There is no flag --constructor/);
  expect(refusal('__proto__')).toMatch(/There is no such command/);
});
