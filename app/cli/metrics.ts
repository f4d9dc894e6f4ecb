import type { Command } from './command.ts';
import { withOperations } from './connection.ts';

export const metricsCommands: readonly Command[] = [
  {
    name: 'metrics token',
    summary: 'make the token that monitoring programs read /metrics with; it is shown this once',
    flags: {},
    notes: ['It takes the place of the one before. /metrics is on this computer’s own address and needs it as bearer.'],
    run: (call) =>
      withOperations(call, async (operations) => {
        const made = await operations.makeMetricsToken({});
        const { url } = await operations.status({});
        const target = `${url ?? 'http://127.0.0.1:8484'}/metrics`;
        const text = () =>
          ['', `  ${made.token}`, '', 'Copy it now: only a digest of it is stored.', `It opens ${target}`].join('\n');
        return call.print({ json: made, text });
      }),
  },
  {
    name: 'metrics off',
    summary: 'take that token away: nothing but the command line reads /metrics',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const state = await operations.removeMetricsToken({});
        return call.print({ json: state, text: () => 'There is no metrics token any more.' });
      }),
  },
];
