import { parseArgs } from 'node:util';
import type { Command, Flag, Flags } from './command.ts';
import { commonFlags } from './common-flags.ts';
import { FlagValues } from './flags.ts';
import { isSecretFlag, refuseSecrets, secretAsArgument } from './secret-arguments.ts';
import { nearest } from './suggest.ts';
import { UsageError } from './usage-error.ts';

export interface Parsed {
  /** Undefined when no command was named. */
  readonly command: Command | undefined;
  readonly argument: string | undefined;
  /** All words after the command. */
  readonly words: readonly string[];
  /** Behind `--`, when the command hands it on. */
  readonly rest: readonly string[];
  readonly flags: FlagValues;
  readonly wantsHelp: boolean;
}

interface Token {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly isInline: boolean;
}

/** Reads a command line against the commands' own descriptions. Throws `UsageError`. */
export function parseCommandLine(argv: readonly string[], commands: readonly Command[]): Parsed {
  const { own, behind } = splitRest(argv, commands);
  refuseSecrets(own);
  const all: Flags = Object.assign({}, commonFlags, ...commands.map(({ flags }) => flags));
  const { tokens } = parseArgs({ args: [...own], options: optionsOf(all), strict: false, tokens: true });
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const options = tokens.flatMap((token) =>
    token.kind === 'option' ? [{ ...token, isInline: token.inlineValue === true }] : [],
  );
  const isHelpWord = words[0] === 'help';
  const wantsHelp = isHelpWord || options.some(({ name }) => name === 'help');
  const { command, rest } = findCommand(isHelpWord ? words.slice(1) : words, commands, wantsHelp);
  const known = { ...commonFlags, ...command?.flags };
  const flags = collect(options, known, all);
  if (command && !wantsHelp) checkWords(command, rest);
  return { command, argument: rest[0], words: rest, rest: behind, flags, wantsHelp };
}

/** Other programs have flags of their own, which are none of ours. */
function splitRest(argv: readonly string[], commands: readonly Command[]) {
  const end = argv.indexOf('--');
  const isHandedOn = commands.some(({ name, takesRest }) => takesRest && argv[0] === name);
  if (end === -1 || !isHandedOn) return { own: argv, behind: [] };
  return { own: argv.slice(0, end), behind: argv.slice(end + 1) };
}

function findCommand(
  words: readonly string[],
  commands: readonly Command[],
  isGroupFine: boolean,
): { readonly command: Command | undefined; readonly rest: readonly string[] } {
  if (words.length === 0) return { command: undefined, rest: [] };
  for (const length of [3, 2, 1]) {
    const command = commands.find(({ name }) => name === words.slice(0, length).join(' ') && words.length >= length);
    if (command) return { command, rest: words.slice(length) };
  }
  const [first = '', second] = words;
  const verbs = commands.flatMap(({ name }) => (name.startsWith(`${first} `) ? [name.slice(first.length + 1)] : []));
  if (verbs.length > 0) {
    if (isGroupFine) return { command: undefined, rest: [] };
    const meant = second && nearest(second, verbs);
    throw new UsageError(
      meant
        ? `There is no such command. Did you mean: ${first} ${meant}?`
        : `Say what to do: ${first} ${verbs.join('|')}`,
    );
  }
  const meant = nearest(first, [...new Set(commands.map(({ name }) => name.split(' ', 1)[0] ?? name))]);
  throw new UsageError(
    `${/^[a-z-]{1,20}$/.test(first) ? `There is no command ${first}` : 'There is no such command'}. ${
      meant ? `Did you mean: ${meant}?` : 'See: waystation --help'
    }`,
  );
}

function checkWords({ name, argument }: Command, rest: readonly string[]): void {
  const wanted = argument?.split(' ') ?? [];
  const missing = wanted[rest.length];
  if (missing !== undefined && !missing.startsWith('['))
    throw new UsageError(`${missing} is missing: waystation ${name} ${argument}`);
  if (rest.length > wanted.length) throw new UsageError(`Too many words for ${name}. See: waystation ${name} --help`);
}

function collect(tokens: readonly Token[], known: Flags, all: Flags): FlagValues {
  const raw: Record<string, string | true | string[]> = {};
  for (const token of tokens) {
    const flag = Object.hasOwn(known, token.name) ? known[token.name] : undefined;
    if (!flag) throw unknownFlag(token, known, all);
    const value = readValue(token, flag);
    const earlier = raw[token.name];
    if (flag.multiple && typeof value === 'string')
      raw[token.name] = [...(Array.isArray(earlier) ? earlier : []), value];
    else if (earlier !== undefined && value !== true) throw new UsageError(`${token.rawName} is there twice.`);
    else raw[token.name] = value;
  }
  return new FlagValues(raw);
}

function readValue({ rawName, value, isInline }: Token, flag: Flag): string | true {
  if (flag.type === 'boolean') {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value.`);
    return true;
  }
  // What looks like the next flag was not meant as this one's value; `--name=-x` says so.
  if (value === undefined || (!isInline && value.startsWith('-'))) {
    throw new UsageError(`${rawName} needs a value: ${rawName} ${flag.value ?? 'VALUE'}`);
  }
  return value;
}

function unknownFlag({ name, rawName }: Token, known: Flags, all: Flags): UsageError {
  if (isSecretFlag(name)) return secretAsArgument();
  if (Object.hasOwn(all, name)) return new UsageError(`${rawName} does not belong to this command.`);
  const meant = nearest(name, Object.keys(known));
  return new UsageError(`There is no flag ${rawName}. ${meant ? `Did you mean: --${meant}?` : 'See --help'}`);
}

function optionsOf(flags: Flags) {
  return Object.fromEntries(
    Object.entries(flags).map(([name, { type }]) => [name, name === 'help' ? { type, short: 'h' } : { type }]),
  );
}
