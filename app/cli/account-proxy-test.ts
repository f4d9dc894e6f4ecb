import type { Operations, Output } from '../server/admin/contract.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { findAccount } from './lookup.ts';
import type { Page } from './page.ts';
import { plain, wrap } from './text.ts';
import { duration } from './time.ts';

export const accountProxyTest: Command = {
  name: 'account proxy-test',
  argument: 'NAME',
  summary: "tell whether an account's proxy leads to its upstream",
  flags: {},
  notes: ['Nothing is sent to the upstream, and no credential of the account leaves this computer.'],
  run: (call) => withOperations(call, (operations) => test(call, operations)),
};

type Probe = Output<'testAccountProxy'>;

const phases: Readonly<Record<Probe['steps'][number]['phase'], string>> = {
  proxy: 'the proxy answers',
  tunnel: 'it leads to the upstream',
  tls: 'the upstream proves who it is',
};

async function test(call: Invocation, operations: Operations): Promise<number> {
  const { id } = await findAccount(operations, call.argument ?? '');
  const probe = await operations.testAccountProxy({ id });
  return call.print({ json: probe, text: (page) => probeText(page, probe) }, probe.ok ? 0 : 1);
}

function probeText(page: Page, { steps, message }: Probe): string {
  const lines = steps.map(({ phase, ok, ms }) => {
    const mark = ok ? page.paint('green', 'yes') : page.paint('red', 'no ');
    return `${mark}  ${phases[phase]} (${duration(ms)})`;
  });
  return [...lines, wrap(plain(message), page.width)].join('\n');
}
