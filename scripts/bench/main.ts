import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Round } from './figures.ts';
import { judge } from './goals.ts';
import { Launcher } from './launcher.ts';
import { LoadProcess } from './load-process.ts';
import { type BenchOptions, toBenchOptions, usage } from './options.ts';
import { profile } from './profile.ts';
import { differences, figuresTable, goalsTable } from './report.ts';
import { runRound } from './round.ts';
import { longWarmUpMs, quickened, scenarios } from './scenarios.ts';
import { startUpstream, Targets } from './targets.ts';

interface Results {
  readonly date: string;
  readonly node: string;
  readonly machine: string;
  readonly isPinned: boolean;
  readonly isQuick: boolean;
  /** How busy the machine was with other things in each round, 0 to 1. */
  readonly othersLoad: readonly number[];
  readonly rounds: readonly Round[];
}

const folder = new URL('results/', import.meta.url);

export async function main(): Promise<number> {
  const options = toBenchOptions(process.argv.slice(2));
  if ('help' in options) {
    console.log(usage);
    return 0;
  }
  if ('trouble' in options) {
    console.error(`${options.trouble}\n\n${usage}`);
    return 2;
  }
  return await measure(options);
}

async function measure({ isQuick, rounds: count, only, profile: profiled, isBaseline }: BenchOptions): Promise<number> {
  if (process.platform !== 'linux') throw new Error('The bench reads CPU time from /proc, so it needs Linux');
  await using running = new AsyncDisposableStack();
  const launcher = new Launcher();
  const upstream = await startUpstream(launcher);
  running.defer(() => upstream.stop());
  const load = new LoadProcess(launcher);
  running.defer(() => load.stop());
  const targets = await Targets.prepare(launcher, upstream.url);
  running.defer(() => targets.remove());
  if (profiled !== undefined) return await profile(profiled, { launcher, targets, load, upstream });
  const plan = {
    scenarios: (isQuick ? quickened(scenarios) : scenarios).filter(({ id }) => id.match(only)),
    hasCrossings: 'crossing'.match(only) !== null,
    hasAdmission: 'admission'.match(only) !== null,
    longWarmUpMs: longWarmUpMs[isQuick ? 'quick' : 'full'],
  };
  const rounds: Round[] = [];
  const othersLoad: number[] = [];
  for (let number = 1; number <= count; number += 1) {
    process.stderr.write(`Round ${number} of ${count}\n`);
    const { round, othersShare } = await runRound({ launcher, targets, load, upstream }, plan);
    rounds.push(round);
    othersLoad.push(othersShare);
  }
  const results: Results = {
    date: new Date().toISOString(),
    node: process.version,
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    isPinned: launcher.isPinned,
    isQuick,
    othersLoad,
    rounds,
  };
  report(results);
  save('latest.json', results);
  return isBaseline ? keepAsBaseline(results) : 0;
}

const quietLoad = 0.1;

function report({ rounds, isPinned, othersLoad }: Results): void {
  const pinning = isPinned ? 'load and upstream on core 0, proxies on core 1' : 'not pinned to cores';
  const busiest = Math.max(...othersLoad);
  if (busiest > quietLoad) {
    const percent = Math.round(100 * busiest);
    console.log(`\nNOTE: other programs used up to ${percent} % of this machine: repeat it when the machine is quiet.`);
  }
  console.log(`\nMedians of ${rounds.length} (least–most); ${pinning}\n`);
  console.log(figuresTable(rounds));
  console.log(`\nGoals of performance.md\n${goalsTable(judge(rounds))}`);
  const before = readBaseline();
  if (before) console.log(`\nAgainst the baseline of ${before.date}\n${differences(rounds, before.rounds)}`);
}

/** Later runs are compared with it, so it must not have been made on a busy machine or in a hurry. */
function keepAsBaseline(results: Results): number {
  if (results.isQuick || Math.max(...results.othersLoad) > quietLoad) {
    console.log('\nNot kept as the baseline: only a full run on a quiet machine is.');
    return 1;
  }
  save('baseline.json', results);
  return 0;
}

function readBaseline(): Results | undefined {
  try {
    return JSON.parse(readFileSync(new URL('baseline.json', folder), 'utf8'));
  } catch {
    return undefined; // There is none before the first full run was kept.
  }
}

function save(name: string, results: Results): void {
  mkdirSync(folder, { recursive: true });
  const path = new URL(name, folder);
  writeFileSync(path, `${JSON.stringify({ ...results, goals: judge(results.rounds) }, undefined, 1)}\n`);
  console.log(`\nWrote ${fileURLToPath(path)}`);
}
