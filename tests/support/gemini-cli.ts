import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const geminiCliVersion = '0.61.0';

const cache = join(fileURLToPath(new URL('../../node_modules', import.meta.url)), '.cache', 'waystation');

/**
 * The real Gemini CLI: fetched once into a cache folder (it is 100 MB, too much for a dependency), then reused. Answers
 * the path of its program, which runs on Node. Two callers at once both work: the folder appears whole or not at all.
 */
export async function fetchGeminiCli(): Promise<string> {
  const folder = join(cache, `gemini-cli-${geminiCliVersion}`);
  const program = join(folder, 'node_modules', '@google', 'gemini-cli', 'bundle', 'gemini.js');
  if (existsSync(program)) return program;
  process.stderr.write(`Fetching Gemini CLI ${geminiCliVersion} for the end-to-end tests (once, 100 MB) …\n`);
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

/** Its optional packages are for terminals and keychains. */
async function install(folder: string): Promise<void> {
  const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--omit=optional', '--loglevel=error'];
  await promisify(execFile)(
    process.platform === 'win32' ? 'npm.cmd' : 'npm',
    ['install', '--prefix', folder, ...flags, `@google/gemini-cli@${geminiCliVersion}`],
    // Under an older Node npm silently picks other versions, so npm runs on the Node that runs the tests.
    { env: { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) } },
  );
}

export interface GeminiCliOptions {
  /**
   * How it speaks: the public API with a key, or Code Assist as after a sign-in with Google, where the key stands in the
   * place of the access token. `key` when left out.
   */
  readonly mode?: 'key' | 'code-assist';
  readonly baseUrl: string;
  readonly key: string;
  readonly prompt: string;
  /** Without a name it asks a small model first which one to use. */
  readonly model?: string;
  /** Files of its work folder. */
  readonly files?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface GeminiCliResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly elapsedMs: number;
}

/** One `gemini -p` with a home and a work folder of its own. It may do anything inside, so prompts must be ours. */
export async function runGeminiCli(options: GeminiCliOptions): Promise<GeminiCliResult> {
  const program = await fetchGeminiCli();
  const root = await mkdtemp(join(tmpdir(), 'waystation-gemini-'));
  try {
    await prepare(root, options);
    return await run(program, root, options);
  } finally {
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** With an address in the environment alone it refuses to start: the kind of sign-in must stand in its settings. */
async function prepare(root: string, { mode = 'key', files = {} }: GeminiCliOptions): Promise<void> {
  await mkdir(join(root, 'work'));
  await mkdir(join(root, 'home', '.gemini'), { recursive: true });
  const settings = {
    security: { auth: { selectedType: mode === 'key' ? 'gemini-api-key' : 'oauth-personal' } },
    general: { disableAutoUpdate: true, disableUpdateNag: true },
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: false },
  };
  await writeFile(join(root, 'home', '.gemini', 'settings.json'), JSON.stringify(settings));
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, 'work', name), text);
}

async function run(program: string, root: string, options: GeminiCliOptions): Promise<GeminiCliResult> {
  const { prompt, model, flags = [] } = options;
  const startedAt = performance.now();
  const named = model === undefined ? [] : ['-m', model];
  const child = spawn(process.execPath, [program, '-p', prompt, '--approval-mode', 'yolo', ...named, ...flags], {
    cwd: join(root, 'work'),
    env: { ...environment(root, options), ...options.env },
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

/** Nothing of the person who runs the tests: no login, no settings, no proxy, no telemetry. */
function environment(root: string, { mode = 'key', baseUrl, key }: GeminiCliOptions): Record<string, string> {
  return {
    PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    HOME: join(root, 'home'),
    USERPROFILE: join(root, 'home'),
    TMPDIR: root,
    LANG: 'C.UTF-8',
    ...(mode === 'key' ? withKey(baseUrl, key) : withAccessToken(baseUrl, key)),
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
    NO_PROXY: '127.0.0.1,localhost',
  };
}

function withKey(baseUrl: string, key: string): Record<string, string> {
  return { GOOGLE_GEMINI_BASE_URL: baseUrl, GEMINI_API_KEY: key };
}

/** No login is needed: it takes the token as it is. */
function withAccessToken(baseUrl: string, key: string): Record<string, string> {
  return { CODE_ASSIST_ENDPOINT: baseUrl, GOOGLE_GENAI_USE_GCA: 'true', GOOGLE_CLOUD_ACCESS_TOKEN: key };
}
