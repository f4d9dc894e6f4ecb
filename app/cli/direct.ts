import packageJson from '../../package.json' with { type: 'json' };
import type { Config } from '../config.ts';
import { defaultPorts, openParts, type Parts, type Ports } from '../parts.ts';
import { exportQuestion } from '../server/admin/contract-usage.ts';
import { parseInput } from '../server/admin/operation.ts';
import { createOperations } from '../server/admin/operations.ts';
import { exportUsage } from '../server/admin/usage-export.ts';
import { alone, createCredentials, createRefresher, createSignIns } from '../sign-in-parts.ts';
import type { Connection } from './client.ts';

export interface Direct extends Connection {
  readonly parts: Parts;
  close(): Promise<void>;
}

/** The same operations as the relay's, on the store itself: for when no relay runs. */
export async function openDirect(config: Config, ports: Pick<Ports, 'clock' | 'warn'>): Promise<Direct> {
  await using closing = new AsyncDisposableStack();
  const parts = await openParts(config, { ...defaultPorts, ...ports }, closing);
  const refresher = createRefresher(parts, { ...alone, report: ports.warn });
  const signIns = createSignIns(parts, refresher);
  closing.defer(() => signIns.close());
  const operations = createOperations({
    ...parts,
    version: packageJson.version,
    refresher,
    credentials: createCredentials(parts, refresher),
    signIns,
    live: undefined,
  });
  const open = closing.move();
  return {
    parts,
    operations,
    exportUsage: (question) => exportUsage(parts.usage, parseInput(exportQuestion, question)),
    close: () => open.disposeAsync(),
  };
}
