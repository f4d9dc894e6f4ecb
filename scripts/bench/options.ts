import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly isQuick: boolean;
  readonly rounds: number;
  /** A part of a scenario's name, as a pattern. */
  readonly only: string;
  /** The scenario to profile instead of measuring. */
  readonly profile: string | undefined;
  readonly isBaseline: boolean;
}

export const usage = `npm run bench -- [options]

  --quick              one short round: to see that it runs, not to compare with
  --rounds N           how many rounds (3; 1 with --quick)
  --only PATTERN       scenarios whose name matches, such as admission or json
  --profile SCENARIO   write a CPU profile of one scenario instead
  --save-baseline      keep the result for later runs to be compared with
  --help               this text`;

/** What was asked for; a text instead where it asks for help or cannot be understood. */
export function toBenchOptions(
  args: readonly string[],
): BenchOptions | { readonly help: true } | { readonly trouble: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        only: { type: 'string', default: '' },
        profile: { type: 'string' },
        'save-baseline': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { help: true };
    const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
    if (!Number.isInteger(rounds) || rounds < 1)
      return { trouble: `--rounds takes a whole number from 1, not ${values.rounds}` };
    new RegExp(values.only);
    const { quick: isQuick, only, profile } = values;
    return { isQuick, rounds, only, profile, isBaseline: values['save-baseline'] };
  } catch (error) {
    return { trouble: error instanceof Error ? error.message : String(error) };
  }
}
