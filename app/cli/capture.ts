import type { Output } from '../server/admin/contract.ts';
import type { Command, Flag, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { counted } from './numbers.ts';
import { dateTime } from './time.ts';

type State = Output<'showCapture'>;

const warning = [
  'While it is on, prompts, answers and files that pass through are kept on this computer, in the data folder.',
  'Credentials and e-mail addresses are taken out as far as they can be recognised; what you tell a model is not.',
];

const onFlags: Readonly<Record<string, Flag>> = {
  minutes: { type: 'string', value: 'N', text: 'for how long, up to 1440; default: 15' },
  calls: { type: 'string', value: 'N', text: 'only so many calls, up to 1000' },
};

export const captureCommands: readonly Command[] = [
  {
    name: 'capture status',
    summary: 'show whether what calls say is kept, and how much of it is there',
    flags: {},
    run: (call) => withOperations(call, async (operations) => printState(call, await operations.showCapture({}))),
  },
  {
    name: 'capture on',
    summary: 'keep what the next calls say, for a time, to look at it on the Live page',
    flags: onFlags,
    notes: warning,
    run: (call) => {
      const minutes = call.flags.integer('minutes', { min: 1, max: 1_440 });
      const calls = call.flags.integer('calls', { min: 1, max: 1_000 });
      return withOperations(call, async (operations) =>
        printState(call, await operations.startCapture({ minutes, calls })),
      );
    },
  },
  {
    name: 'capture off',
    summary: 'keep nothing of further calls',
    flags: {},
    run: (call) => withOperations(call, async (operations) => printState(call, await operations.stopCapture({}))),
  },
  {
    name: 'capture purge',
    summary: 'stop, remove all that was kept, and look whether anything is left',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const purged = await operations.purgeCapture({});
        const text = () =>
          `Removed ${counted(purged.calls, 'call')}, ${kilobytes(purged.bytes)}. Left on disk: ${counted(purged.bytesLeft, 'byte')}.`;
        return call.print({ json: purged, text }, purged.bytesLeft === 0 ? 0 : 1);
      }),
  },
];

function printState(call: Invocation, state: State): number {
  return call.print({ json: state, text: () => sentences(state).join('\n') });
}

function sentences({ isOn, until, callsLeft, kept, limits }: State): readonly string[] {
  const end = until === null ? '' : ` until ${dateTime(until)}`;
  const most = callsLeft === null ? '' : `, at most ${counted(callsLeft, 'more call')}`;
  return [
    isOn ? `What calls say is kept${end}${most}.` : 'Nothing of what calls say is kept.',
    kept.calls === 0
      ? 'No call is there.'
      : `${counted(kept.calls, 'call')} there, ${kilobytes(kept.bytes)}; each goes after ${limits.ageMs / 3_600_000} hours. Remove them now with: waystation capture purge`,
    ...(isOn ? warning : []),
  ];
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}
