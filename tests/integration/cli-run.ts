import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { CliIo } from '../../app/cli/io.ts';
import { main } from '../../app/cli.ts';
import { systemClock } from '../../app/domain/clock.ts';
import { type CliResult, cleanEnvironment, readyUrl } from '../support/relay-process.ts';

const program = fileURLToPath(new URL('../../app/cli.ts', import.meta.url));

export interface RunOptions {
  readonly dataDir: string;
  readonly stdin?: string;
  /** Columns of a terminal; a pipe without it. */
  readonly columns?: number;
  /** Variables of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly onSignal?: CliIo['onSignal'];
  /** Somebody who types, instead of a pipe. */
  readonly keyboard?: Keyboard;
  /** Called with all that was printed so far. */
  readonly onOutput?: (stdout: string) => void;
  /** Called with all that was said beside the answer so far. */
  readonly onAside?: (stderr: string) => void;
}

/** The command line in this process, on the store of `dataDir` or the relay that another process runs there. */
export async function run(words: readonly string[], options: RunOptions): Promise<CliResult> {
  const stdout = new Paper(options);
  const stderr = new Paper({ ...options, onOutput: options.onAside ?? (() => undefined) });
  const io: CliIo = {
    stdin: options.keyboard ?? Readable.from([options.stdin ?? '']),
    stdout,
    stderr,
    env: { ...options.env },
    clock: systemClock,
    onSignal: options.onSignal ?? (() => () => undefined),
  };
  const exitCode = await main([...words, '--data-dir', options.dataDir, '--secrets', 'key-file'], io);
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

/** Its one JSON document; fails when the command does. */
export async function runJson(words: readonly string[], options: RunOptions): Promise<unknown> {
  const { exitCode, stdout, stderr } = await run([...words, '--json'], options);
  if (exitCode !== 0) throw new Error(`${words.join(' ')} ended with ${exitCode}: ${stdout}${stderr}`);
  return JSON.parse(stdout);
}

class Paper extends Writable {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly #onOutput: (text: string) => void;
  text = '';

  constructor({ columns, onOutput = () => undefined }: Pick<RunOptions, 'columns' | 'onOutput'>) {
    super({ decodeStrings: false });
    this.isTTY = columns !== undefined;
    this.columns = columns ?? 0;
    this.#onOutput = onOutput;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    this.#onOutput(this.text);
    done();
  }
}

/** Somebody at a terminal. Remembers whether what was typed could be seen. */
export class Keyboard extends PassThrough {
  readonly isTTY = true;
  isRaw = false;
  readonly modes: boolean[] = [];

  setRawMode(isRaw: boolean): void {
    this.isRaw = isRaw;
    this.modes.push(isRaw);
  }
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** `serve` in a process of its own, from the sources. */
export class ServeProcess {
  readonly url: string;
  readonly #child: Child;

  private constructor(child: Child, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(dataDir: string, env?: NodeJS.ProcessEnv): Promise<ServeProcess> {
    const child = spawnServe(dataDir, [], env);
    return new ServeProcess(child, await readyUrl(child));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Answers the exit code. */
  async end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null> {
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.end('SIGKILL');
  }
}

export function spawnServe(
  dataDir: string,
  flags: readonly string[] = [],
  env: NodeJS.ProcessEnv = cleanEnvironment(),
): Child {
  const words = ['serve', '--port', '0', '--data-dir', dataDir, '--secrets', 'key-file', ...flags];
  return spawn(process.execPath, [program, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}
