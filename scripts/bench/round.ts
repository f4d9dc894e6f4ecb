import { setTimeout as delay } from 'node:timers/promises';
import { measuredAdmission, measuredCrossings } from './crossings.ts';
import { flatten, type Measured, type Round, type TargetName } from './figures.ts';
import type { Launcher } from './launcher.ts';
import { LoadConnection } from './load-connection.ts';
import type { LoadProcess } from './load-process.ts';
import { RequestFactory } from './load-request.ts';
import { OthersLoad } from './process-usage.ts';
import { type BenchScenario, longWarmUp } from './scenarios.ts';
import type { RunningTarget, Targets } from './targets.ts';
import type { Target, Task } from './task.ts';

export interface BenchDeps {
  readonly launcher: Launcher;
  readonly targets: Targets;
  readonly load: LoadProcess;
  readonly upstream: RunningTarget;
}

export interface RoundResult {
  readonly round: Round;
  /** How busy the machine was with other things, 0 to 1. */
  readonly othersShare: number;
}

/** After its first call a process is left alone for so long before its idle memory is read. */
const idleMs = 1_500;

export interface RoundPlan {
  /** Whether to measure what crossing protocols costs. */
  readonly hasCrossings: boolean;
  /** Whether to measure what the limits of keys cost. */
  readonly hasAdmission: boolean;
  readonly scenarios: readonly BenchScenario[];
  readonly longWarmUpMs: number;
}

/** All scenarios once, on fresh processes, the targets in turn within each scenario. */
export async function runRound(
  { launcher, targets, load, upstream }: BenchDeps,
  plan: RoundPlan,
): Promise<RoundResult> {
  await using running = new AsyncDisposableStack();
  // Before the proxies run, which share its core.
  const crossings = plan.hasCrossings ? await measuredCrossings(launcher) : {};
  const admission = plan.hasAdmission ? await measuredAdmission(launcher) : {};
  const raw = await startMeasured(() => targets.startRaw(), running);
  const relay = await startMeasured(() => targets.startRelay(), running);
  await delay(idleMs);
  const others = new OthersLoad([process.pid, upstream.pid, load.pid, raw.target.pid, relay.target.pid]);
  const round: Record<string, Partial<Record<TargetName, Measured>>> = {
    start: {
      raw: { ...raw.measured, idleMib: raw.target.residentMib },
      relay: { ...relay.measured, idleMib: relay.target.residentMib },
    },
  };
  const run = async (target: Target, what: Omit<Task, 'target'>) => {
    const { url, credential, pid } = target;
    return flatten(await load.run({ target: { url, credential, pid }, load: what.load, window: what.window }));
  };
  let isWarm = false;
  for (const scenario of plan.scenarios) {
    if (scenario.isWarm && !isWarm) {
      isWarm = true;
      process.stderr.write('  warming up\n');
      const window = { warmUpMs: 0, measureMs: plan.longWarmUpMs };
      for (const { target } of [raw, relay]) await run(target, { load: longWarmUp, window });
    }
    process.stderr.write(`  ${scenario.title}\n`);
    const task = { load: scenario.load, window: scenario };
    round[scenario.id] = {
      ...(scenario.isDirect && { direct: await run(targets.direct, task) }),
      raw: await run(raw.target, task),
      relay: await run(relay.target, task),
    };
  }
  return { round: { ...round, ...crossings, ...admission }, othersShare: others.share() };
}

/** From the start of the process to the end of the first served call. */
async function startMeasured(
  start: () => Promise<RunningTarget>,
  running: AsyncDisposableStack,
): Promise<{ readonly target: RunningTarget; readonly measured: Measured }> {
  const startedAt = performance.now();
  const target = await start();
  running.defer(() => target.stop());
  await callOnce(target);
  return { target, measured: { seconds: (performance.now() - startedAt) / 1_000 } };
}

async function callOnce({ url, credential }: Target): Promise<void> {
  const connection = await LoadConnection.open(url);
  const request = new RequestFactory({ url, credential, scenario: 'json', bodyBytes: 1_000 }).forConnection(0);
  const status = await new Promise<number>((resolve, reject) => {
    connection.ask(request, { piece: () => undefined, end: resolve, lost: (how) => reject(new Error(how)) });
  });
  connection.close();
  if (status !== 200) throw new Error(`The first call was answered with ${status}`);
}
