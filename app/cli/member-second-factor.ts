import { renderUnicodeCompact } from 'uqr';
import type { Command } from './command.ts';
import { withOperations } from './connection.ts';
import { findMember } from './lookup.ts';

/** What an owner, administrator or viewer needs besides a password, to reach the admin pages from other computers. */
export const secondFactorCommands: readonly Command[] = [
  {
    name: 'member second-factor begin',
    argument: 'NAME',
    summary: 'make a one-time code for the admin pages from other computers; the one before is off',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const { id } = await findMember(operations, call.argument ?? '');
        const begun = await operations.beginSecondFactor({ id });
        return call.print({
          json: begun,
          text: () =>
            [
              renderUnicodeCompact(begun.address),
              `Scan this with an authenticator app, or type: ${begun.secret}`,
              'Then: waystation member second-factor confirm NAME --code 123456',
            ].join('\n'),
        });
      }),
  },
  {
    name: 'member second-factor confirm',
    argument: 'NAME',
    summary: 'turn the one-time code on, and show its recovery codes',
    flags: { code: { type: 'string', value: 'CODE', text: 'what the app shows now' } },
    run: (call) =>
      withOperations(call, async (operations) => {
        const { id, name } = await findMember(operations, call.argument ?? '');
        const confirmed = await operations.confirmSecondFactor({ id, code: call.flags.required('code') });
        const text = `${name} signs in with it from now on. Each of these works once, instead of a code; keep them safe:`;
        return call.print({ json: confirmed, text: () => [text, ...confirmed.recoveryCodes].join('\n') });
      }),
  },
  {
    name: 'member second-factor off',
    argument: 'NAME',
    summary: 'take the one-time code away: the member reaches no admin page from other computers',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const { id, name } = await findMember(operations, call.argument ?? '');
        const state = await operations.removeSecondFactor({ id });
        return call.print({ json: state, text: () => `${name} has no one-time code any more.` });
      }),
  },
];
