import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { Connections } from './connect/connections.ts';
import { tools } from './connect/tools.ts';
import { DriftWatch } from './connect/watch.ts';
import type { Clock } from './domain/clock.ts';
import type { KeyRepository } from './keys/repository.ts';
import { type ToolAlertDeps, tellDrifts } from './notify/tool-alerts.ts';

/** The tools of this computer, each with a key of its own. */
export function createConnections(config: Config, keys: KeyRepository, clock: Clock): Connections {
  return new Connections({
    computer: config.computer,
    folder: { journal: join(config.dataDir, 'connections'), backups: join(config.dataDir, 'backups') },
    clock,
    keys: {
      async make(toolName, attempt) {
        const note = `Made by connecting ${toolName} (${attempt})`;
        const { key, secret } = await keys.create({ name: `${toolName} on this computer`, note });
        return { id: key.id, secret };
      },
      findOf: async (attempt) => (await keys.list()).find(({ note }) => note?.includes(attempt))?.id,
      async remove(id) {
        await keys.remove(id);
      },
    },
  });
}

export interface ConnectionPorts {
  address(): string | undefined;
  /** Something about a tool is different now. */
  changed(): void;
}

interface Watched {
  readonly connections: Connections;
  readonly alerts: ToolAlertDeps['alerts'];
  readonly ports: { readonly clock: Clock; warn(message: string): void };
}

/** Ends what a kill cut off, tells what stands in the way, and watches from then on. Answers how to stop. */
export async function startConnections(
  { connections, alerts, ports }: Watched,
  { address, changed }: ConnectionPorts,
): Promise<() => Promise<void>> {
  const { clock, warn } = ports;
  const nameOf = (tool: string) => tools.find(({ id }) => id === tool)?.name ?? tool;
  let telling: Promise<void> = Promise.resolve();
  const tell = () => {
    telling = telling
      .then(async () =>
        tellDrifts({ alerts, computer: hostname(), nameOf }, await connections.states.drifts(address())),
      )
      .catch((error: unknown) => warn(`Changed tools could not be told of: ${String(error)}`));
    return telling;
  };
  const watch = new DriftWatch({
    ...{ states: connections.states, clock, address },
    changed: () => {
      changed();
      void tell();
    },
  });
  try {
    for (const { message } of await connections.repair()) warn(message);
    for (const name of await connections.states.elsewhere(address())) {
      warn(`${name} was told another address than ${address()}. Connect it again: waystation connect`);
    }
    await watch.start();
    await tell();
  } catch (error) {
    // A relay without its tools still relays; the page and the command line say what is wrong with them.
    warn(`The tools of this computer could not be looked at: ${String(error)}`);
  }
  const leave = connections.onChange(() => {
    void watch.start().catch(() => undefined);
    void tell();
  });
  return async () => {
    leave();
    await watch.stop();
    await telling;
  };
}
