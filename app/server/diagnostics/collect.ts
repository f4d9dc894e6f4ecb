import { tools } from '../../connect/tools.ts';
import type { UsageEntry } from '../../usage/repository.ts';
import { inspect } from '../admin/doctor.ts';
import type { AdminParts } from '../admin/parts.ts';
import { type Archive, archiveOf } from './archive.ts';

const mostCalls = 50;

/** The archive of a relay whose database is open. */
export async function collect(parts: AdminParts): Promise<Archive> {
  const { config, version, ports, usage } = parts;
  const calls = await usage.list({ limit: mostCalls });
  return archiveOf({
    ...{ config, version, now: ports.clock.now(), checks: await inspect(parts) },
    more: { 'calls.json': calls.map(callOf), 'tools.json': await toolsOf(parts) },
  });
}

/** An allow-list. Where a client may write what it likes, only the name of a model is taken over. */
function callOf(call: UsageEntry) {
  return {
    ...{ requestId: call.requestId, startedAt: new Date(call.startedAt).toISOString(), durationMs: call.durationMs },
    ...{ firstByteMs: call.firstByteMs, accountId: call.accountId, protocol: call.protocol, route: call.route },
    ...{ model: call.model, upstreamModel: call.upstreamModel, status: call.status, httpStatus: call.httpStatus },
    ...{ errorKind: call.errorKind, basis: call.basis, anomalies: call.anomalies, costNanoUsd: call.costNanoUsd },
    ...{ inputTokens: call.inputTokens, outputTokens: call.outputTokens, cacheReadTokens: call.cacheReadTokens },
    attempts: call.attempts.map(({ accountId, durationMs, status, fault }) => ({
      accountId,
      durationMs,
      status,
      fault,
    })),
  };
}

async function toolsOf({ connections, config, live }: AdminParts) {
  const states = await connections.states.all(live?.url());
  return states.map(({ tool, state, version, drift, isElsewhere, conflicts }) => ({
    ...{ tool, state, version, isElsewhere, drift },
    files: tools
      .filter(({ id }) => id === tool)
      .flatMap((known) => known.files(config.computer))
      .map(({ file, keys }) => ({ file, keys: keys.map(({ path }) => path.join('.')) })),
    overriding: conflicts.map(({ variable, file }) => ({ variable, file })),
  }));
}
