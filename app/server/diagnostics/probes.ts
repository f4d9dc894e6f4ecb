import { createServer, connect as dial } from 'node:net';
import { readSharing } from '../../sharing/settings.ts';
import type { AdminParts } from '../admin/parts.ts';
import type { Check } from './check.ts';
import { firewallOf } from './firewall.ts';

type Parts = Pick<AdminParts, 'live' | 'settings' | 'accountRepository'>;

const answerMs = 3_000;

/** What the network lets through: our own port, sharing, the firewall in front of it, and the proxies of accounts. */
export async function probeNetwork(parts: Parts): Promise<readonly Check[]> {
  const found = await Promise.all([probePort(parts), probeBinding(), probeSharing(parts), probeProxies(parts)]);
  return found.flat();
}

async function probePort({ live }: Parts): Promise<readonly Check[]> {
  const address = live?.url();
  if (address === undefined) return [];
  const name = 'port';
  const { hostname, port, host } = new URL(address);
  // Who listens at every address is asked at this computer's own.
  const asked = hostname === '0.0.0.0' ? '127.0.0.1' : hostname.replaceAll(/^\[|\]$/g, '');
  const problem = await problemReaching(asked, Number(port));
  if (problem === undefined) return [{ name, outcome: 'pass', message: `${host} answers` }];
  const fix = 'let programs of this computer reach it: look at security software, or choose another with --port';
  return [{ name, outcome: 'fail', message: `${host} does not answer (${problem})`, fix }];
}

/** Whether programs may listen here at all: some security software forbids it. */
async function probeBinding(): Promise<readonly Check[]> {
  const name = 'listening';
  const problem = await new Promise<string | undefined>((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: '127.0.0.1', port: 0, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
  if (problem === undefined) return [{ name, outcome: 'pass', message: 'programs may listen at 127.0.0.1' }];
  const fix = 'allow it in the security software of this computer';
  return [{ name, outcome: 'fail', message: `programs may not listen at 127.0.0.1 (${problem})`, fix }];
}

async function probeSharing({ live, settings }: Parts): Promise<readonly Check[]> {
  const { isOn } = await readSharing(settings);
  const name = 'sharing';
  if (!isOn) return [{ name, outcome: 'pass', message: 'off: only this computer reaches the relay' }];
  const standings = live?.sharing().listeners.standings() ?? [];
  const asked = standings.map(({ address, state, port, problem }): Check => {
    if (state === 'listening') return { name, outcome: 'pass', message: `listens at ${address}, port ${port}` };
    const fix = 'choose another address on the Team page, or: waystation share interfaces';
    if (state === 'failed') return { name, outcome: 'fail', message: problem ?? `${address} cannot be used`, fix };
    return { name, outcome: 'warn', message: `this computer does not have ${address} now`, fix };
  });
  return [...asked, await firewallOf(process.platform)];
}

/** Only whether something listens there; what it does with calls is for the test of the account. */
async function probeProxies({ accountRepository }: Parts): Promise<readonly Check[]> {
  const accounts = (await accountRepository.list()).filter(({ hasProxy }) => hasProxy);
  if (accounts.length === 0) return [{ name: 'proxies', outcome: 'pass', message: 'no account uses one' }];
  const probed = accounts.map(async ({ id, name: account }): Promise<Check> => {
    const name = `proxy of ${account}`;
    const fix = `test it: waystation account proxy-test ${account}`;
    const address = await accountRepository.openProxy(id).catch(() => undefined);
    if (address === undefined) return { name, outcome: 'fail', message: 'its address cannot be unsealed', fix };
    const { hostname, port, protocol } = new URL(address);
    const problem = await problemReaching(
      hostname.replaceAll(/^\[|\]$/g, ''),
      Number(port || defaultPorts[protocol] || 1080),
    );
    if (problem === undefined) return { name, outcome: 'pass', message: 'something listens there' };
    return { name, outcome: 'fail', message: `cannot be reached (${problem})`, fix };
  });
  return await Promise.all(probed);
}

const defaultPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** The error code, or undefined when somebody took the connection. */
function problemReaching(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = dial({ host, port, timeout: answerMs });
    const end = (problem: string | undefined) => {
      socket.destroy();
      resolve(problem);
    };
    socket.once('connect', () => end(undefined));
    socket.once('timeout', () => end('no answer'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
