import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const program = ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'].find(existsSync);
const nameChild = new URL('./other-host-name-child.ts', import.meta.url).pathname;

/** Undefined when a second host can be had here. */
export function otherHostMissing(): string | undefined {
  if (!mayMakeNetworks()) return 'no right to make network namespaces';
  return program === undefined ? 'no ip (Debian: apt-get install iproute2)' : undefined;
}

/** CAP_NET_ADMIN and CAP_SYS_ADMIN: root in a container often has neither. */
function mayMakeNetworks(): boolean {
  if (process.platform !== 'linux') return false;
  const [, held = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return [12n, 21n].every((bit) => (BigInt(`0x${held}`) >> bit) % 2n === 1n);
}

export interface HostQuestion {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What it trusts beside the usual. */
  readonly ca?: string | undefined;
}

export interface HostAnswer {
  /** Undefined when nobody answered. */
  readonly status?: number;
  readonly text: string;
  /** Why nobody did. */
  readonly problem?: string;
}

export interface Listening extends AsyncDisposable {
  /** The next thing that was said: `A 10.0.0.1 120`. */
  next(): Promise<unknown>;
  ask(type?: 'A' | 'AAAA'): void;
}

/** Runs there: it asks, and writes each piece as it comes. */
const asking = `
const { url, ca, ...options } = JSON.parse(process.env.QUESTION);
const { request } = require(url.startsWith('https:') ? 'node:https' : 'node:http');
const end = (answer) => process.stdout.write('\\n' + JSON.stringify(answer) + '\\n', () => process.exit(0));
const asked = request(url, { ...options, ca, agent: false, timeout: 5000 }, (response) => {
  process.stdout.write('answered ' + response.statusCode + '\\n');
  let text = '';
  response.setEncoding('utf8').on('data', (piece) => { text += piece; process.stdout.write('piece\\n'); });
  response.on('end', () => end({ status: response.statusCode, text }));
  response.on('error', (error) => end({ status: response.statusCode, text, problem: error.code }));
});
asked.on('timeout', () => asked.destroy(new Error('nobody answers')));
asked.on('error', (error) => end({ text: '', problem: error.code ?? error.message }));
asked.end(options.body);
`;

/** Another host on a network of two: a network namespace, joined to ours by a cable of its own. */
export class OtherHost implements Disposable {
  /** Ours on that network, and its. */
  readonly here: string;
  readonly there: string;
  /** Ours of the other kind. */
  readonly hereSix: string;
  readonly #name: string;

  private constructor(name: string, { here, there, hereSix }: Pick<OtherHost, 'here' | 'there' | 'hereSix'>) {
    this.#name = name;
    this.here = here;
    this.there = there;
    this.hereSix = hereSix;
  }

  /** Each `index` is a network of its own. */
  static open(index = 0): OtherHost {
    const number = process.pid % 250;
    const name = `ws${process.pid}${'xyz'[index]}`;
    const net = `10.213.${number}`;
    const [here, there] = [`${net}.${4 * index + 1}`, `${net}.${4 * index + 2}`];
    // With zeros in two places: there is more than one way to write it.
    const host = new OtherHost(name, { here, there, hereSix: `fd00:0:0:${(number + 1) * 4 + index}::1` });
    ip('netns', 'add', name);
    ip('link', 'add', `${name}a`, 'type', 'veth', 'peer', 'name', `${name}b`, 'netns', name);
    ip('addr', 'add', `${host.here}/30`, 'dev', `${name}a`);
    ip('addr', 'add', `${host.hereSix}/64`, 'dev', `${name}a`, 'nodad');
    ip('link', 'set', `${name}a`, 'up');
    ip('-n', name, 'addr', 'add', `${host.there}/30`, 'dev', `${name}b`);
    ip('-n', name, 'link', 'set', `${name}b`, 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
    return host;
  }

  async ask(question: HostQuestion): Promise<HostAnswer> {
    return await this.begin(question).answer;
  }

  /** `piece` comes with the first piece of an answer. */
  begin(question: HostQuestion): { readonly piece: Promise<void>; readonly answer: Promise<HostAnswer> } {
    const env = { PATH: process.env['PATH'] ?? '', QUESTION: JSON.stringify(question) };
    const words = ['netns', 'exec', this.#name, process.execPath, '-e', asking];
    const child = spawn(program ?? 'ip', words, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    let said = '';
    const piece = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('piece\n')) resolve();
      });
    });
    return { piece, answer: ended(child).then(() => JSON.parse(said.trim().split('\n').at(-1) ?? '{}')) };
  }

  /** Listens there to what is said of this name; `claims` answers for it, too. */
  async listen(name: string, claims = false): Promise<Listening> {
    const words = ['netns', 'exec', this.#name, process.execPath, nameChild, name, this.there, String(claims)];
    const listening = spawn(program ?? 'ip', words, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface(listening.stdout)[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value ?? 'null') as unknown;
    await next();
    return {
      next,
      ask: (type = 'A') => void listening.stdin.write(`${type}\n`),
      [Symbol.asyncDispose]: async () => {
        const end = ended(listening);
        listening.stdin.end();
        await end;
      },
    };
  }

  [Symbol.dispose](): void {
    // The cable goes with its end.
    ip('netns', 'del', this.#name);
  }
}

function ip(...words: readonly string[]): void {
  execFileSync(program ?? 'ip', words, { stdio: 'pipe' });
}

function ended(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => child.once('close', resolve));
}
