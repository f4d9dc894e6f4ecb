import type { Command } from './command.ts';
import { withOperations } from './connection.ts';

const pauseCommand: Command = {
  name: 'pause',
  summary: 'refuse new calls until it is resumed; those that run may end',
  flags: {},
  notes: ['It stays paused after a restart too.'],
  run: async (call) => {
    const state = await withOperations(call, (operations) => operations.pauseRelay({}));
    return call.print({ json: state, text: () => 'Paused. New calls are refused until: waystation resume' });
  },
};

const resumeCommand: Command = {
  name: 'resume',
  summary: 'take calls again after a pause',
  flags: {},
  run: async (call) => {
    const state = await withOperations(call, (operations) => operations.resumeRelay({}));
    return call.print({ json: state, text: () => 'Calls are taken again.' });
  },
};

export const pauseCommands: readonly Command[] = [pauseCommand, resumeCommand];
