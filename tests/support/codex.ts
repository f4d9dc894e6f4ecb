import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const codexVersion = '0.169.0';

const cache = join(fileURLToPath(new URL('../../node_modules', import.meta.url)), '.cache', 'waystation');

const targets: Readonly<Record<string, string>> = {
  'linux-x64': 'x86_64-unknown-linux-musl',
  'linux-arm64': 'aarch64-unknown-linux-musl',
  'darwin-x64': 'x86_64-apple-darwin',
  'darwin-arm64': 'aarch64-apple-darwin',
  'win32-x64': 'x86_64-pc-windows-msvc',
  'win32-arm64': 'aarch64-pc-windows-msvc',
};

/**
 * The real Codex CLI: fetched once into a cache folder (it is 400 MB, too much for a dependency), then reused. Answers
 * the path of its program. Two callers at once both work: the folder appears whole or not at all.
 */
export async function fetchCodex(): Promise<string> {
  const folder = join(cache, `codex-${codexVersion}`);
  const program = join(folder, 'node_modules', '@openai', programName());
  if (existsSync(program)) return program;
  process.stderr.write(`Fetching Codex ${codexVersion} for the end-to-end tests (once, 400 MB) …\n`);
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(`${folder}.`);
  try {
    await install(unfinished);
    await rename(unfinished, folder);
  } catch (error) {
    if (!existsSync(program)) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return program;
}

function programName(): string {
  const platform = `${process.platform}-${process.arch}`;
  const name = process.platform === 'win32' ? 'codex.exe' : 'codex';
  return join(`codex-${platform}`, 'vendor', targets[platform] ?? platform, 'bin', name);
}

async function install(folder: string): Promise<void> {
  const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  await promisify(execFile)(
    process.platform === 'win32' ? 'npm.cmd' : 'npm',
    ['install', '--prefix', folder, ...flags, `@openai/codex@${codexVersion}`],
    // Under an older Node npm silently picks other versions, so npm runs on the Node that runs the tests.
    { env: { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) } },
  );
}

export interface CodexOptions {
  /** With the version: `http://127.0.0.1:1/v1`. */
  readonly baseUrl: string;
  readonly key: string;
  readonly prompt: string;
  /** Its own default calls tools through a free-form tool; older names get plain functions. */
  readonly model?: string;
  /** Files of its work folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** More `-c name=value` settings. */
  readonly settings?: readonly string[];
}

export interface CodexResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** One JSON event in each line. */
  readonly stdout: string;
  readonly stderr: string;
  readonly elapsedMs: number;
}

/** One `codex exec` with a home and a work folder of its own. It may do anything inside, so prompts must be ours. */
export async function runCodex(options: CodexOptions): Promise<CodexResult> {
  const program = await fetchCodex();
  const root = await mkdtemp(join(tmpdir(), 'waystation-codex-'));
  try {
    await mkdir(join(root, 'work'));
    await mkdir(join(root, 'home'));
    for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(root, 'work', name), text);
    return await run(program, root, options);
  } finally {
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function run(program: string, root: string, options: CodexOptions): Promise<CodexResult> {
  const startedAt = performance.now();
  const child = spawn(program, flagsFor(options), {
    cwd: join(root, 'work'),
    env: environment(root, options),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { exitCode, stdout, stderr, elapsedMs: performance.now() - startedAt };
}

/** A provider of our own, no login, and no traffic beside the calls. */
function flagsFor({ baseUrl, model, prompt, settings = [] }: CodexOptions): readonly string[] {
  const provider = `{name="fake",base_url=${JSON.stringify(baseUrl)},env_key="WAYSTATION_KEY",wire_api="responses"}`;
  const config = [
    'model_provider=fake',
    `model_providers.fake=${provider}`,
    'web_search="disabled"',
    'check_for_update_on_startup=false',
    'analytics.enabled=false',
    'features.plugins=false',
    'features.apps=false',
    'features.remote_plugin=false',
    ...settings,
  ];
  return [
    'exec',
    '--json',
    '--skip-git-repo-check',
    '--sandbox',
    'danger-full-access',
    ...(model === undefined ? [] : ['--model', model]),
    ...config.flatMap((setting) => ['-c', setting]),
    prompt,
  ];
}

/** Nothing of the person who runs the tests. */
function environment(root: string, { key }: CodexOptions): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: join(root, 'home'),
    CODEX_HOME: join(root, 'home'),
    TMPDIR: root,
    LANG: 'C.UTF-8',
    WAYSTATION_KEY: key,
    NO_PROXY: '127.0.0.1,localhost',
  };
}

interface Event {
  readonly type: string;
  readonly item?: { readonly type: string; readonly text?: string; readonly aggregated_output?: string };
}

/** What a person sees at the end. */
export function finalText({ stdout }: CodexResult): string | undefined {
  const events: Event[] = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return events.findLast(({ item }) => item?.type === 'agent_message')?.item?.text;
}
