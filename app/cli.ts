import packageJson from '../package.json' with { type: 'json' };
import type { Answer } from './cli/command.ts';
import { commands } from './cli/commands.ts';
import { failureOf } from './cli/failure.ts';
import { helpOf, overview } from './cli/help.ts';
import { type CliIo, systemIo } from './cli/io.ts';
import { pageFor, tell } from './cli/page.ts';
import { parseCommandLine } from './cli/parse.ts';
import { UsageError } from './cli/usage-error.ts';

/** The command line: one command, one exit code. Standard output carries the answer and nothing else. */
export async function main(argv: readonly string[], io: CliIo = systemIo()): Promise<number> {
  const isJson = argv.includes('--json');
  const print = (answer: Answer, code = 0) => say(io, render(io, { answer, isJson }), code);
  try {
    if (argv.length === 1 && argv[0] === '--version') return say(io, packageJson.version);
    const { command, argument, words, rest, flags, wantsHelp } = parseCommandLine(argv, commands);
    if (wantsHelp) return say(io, command ? helpOf(command) : overview(commands));
    if (command) return await command.run({ argument, words, rest, flags, isJson, io, print });
    if (isJson) throw new UsageError('Name a command. See: waystation --help');
    return say(io, overview(commands), 2);
  } catch (error) {
    return fail(error, { io, isJson });
  }
}

function render(io: CliIo, { answer, isJson }: { answer: Answer; isJson: boolean }): string {
  return isJson ? JSON.stringify(answer.json, undefined, 2) : answer.text(pageFor(io.stdout, io.clock.now()));
}

function say(io: CliIo, text: string, code = 0): number {
  io.stdout.write(`${text}\n`);
  return code;
}

function fail(error: unknown, { io, isJson }: { io: CliIo; isJson: boolean }): number {
  const { kind, message, exitCode } = failureOf(error);
  if (isJson) return say(io, JSON.stringify({ error: { kind, message } }), exitCode);
  tell(io.stderr, message);
  return exitCode;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
