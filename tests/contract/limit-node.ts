import type { Clock } from '../../app/domain/clock.ts';
import type { Limiter } from '../../app/keys/limiter.ts';
import { openLimiter } from '../../app/limit-parts.ts';
import { defaultPorts, openParts, type Parts } from '../../app/parts.ts';
import { openState } from '../../app/state/open.ts';
import type { State } from '../../app/state/state.ts';
import { UsageRecorder } from '../../app/usage/recorder.ts';
import { createFolder } from '../support/temporary-folder.ts';
import { testConfig } from '../support/test-app.ts';

export interface Node {
  readonly parts: Parts;
  readonly state: State;
  readonly limiter: Limiter;
  readonly recorder: UsageRecorder;
}

export interface NodeOptions {
  /** Both or none: without them it is the built-in engines. */
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  readonly prefix?: string;
  /** Of its own when left out; a node that starts again has the one of before. */
  readonly folder?: string;
  readonly clock?: Clock;
}

/** A relay's part in limits: nodes share the database, the live state and a passphrase. */
export async function openNode(options: NodeOptions, closing: AsyncDisposableStack): Promise<Node> {
  const { databaseUrl, redisUrl, prefix = 'ws:', clock = defaultPorts.clock } = options;
  const folder = options.folder ?? ownFolder(closing);
  const servers = { databaseUrl, redisUrl, secrets: 'passphrase', passphrase: 'of the nodes' } as const;
  const config = testConfig(folder, redisUrl === undefined ? {} : { config: servers });
  const parts = await openParts(config, { ...defaultPorts, clock, warn: () => undefined }, closing);
  const engine =
    redisUrl === undefined ? ({ engine: 'embedded' } as const) : ({ engine: 'redis', url: redisUrl, prefix } as const);
  const state = await openState(engine, clock);
  closing.defer(() => state.close());
  const recording = { store: parts.store, prices: parts.prices, clock, warn: () => undefined };
  const recorder = await UsageRecorder.open({ ...recording, folder: `${folder}/journal` });
  closing.defer(() => recorder.close());
  const limiter = await openLimiter(parts, { budgets: state.budgets, recorder, warn: () => undefined });
  return { parts, state, limiter, recorder };
}

function ownFolder(closing: AsyncDisposableStack): string {
  const { folder, remove } = createFolder();
  closing.defer(remove);
  return folder;
}
