import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Connections, type ConnectionsDeps } from '../../../app/connect/connections.ts';
import type { ToolKeys } from '../../../app/connect/removal.ts';
import type { Computer } from '../../../app/connect/tool.ts';
import { systemClock } from '../../../app/domain/clock.ts';

export const address = 'http://127.0.0.1:8484';

/** Keys without a database: who has one, by attempt. */
export class KeyRing implements ToolKeys {
  readonly made = new Map<string, string>();

  async make(_: string, attempt: string) {
    const id = randomUUID();
    this.made.set(attempt, id);
    return { id, secret: `ws_${id}` };
  }

  async findOf(attempt: string) {
    return this.made.get(attempt);
  }

  async remove(id: string) {
    for (const [attempt, one] of this.made) if (one === id) this.made.delete(attempt);
  }
}

export interface Setting {
  readonly computer: Computer;
  readonly connections: Connections;
  readonly keys: KeyRing;
}

/** A computer with a home of its own in a folder. */
export function settingIn(folder: string, more: Partial<ConnectionsDeps> = {}): Setting {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const computer: Computer = { home, platform: 'linux', env: { PATH: join(folder, 'bin') }, ...more.computer };
  const keys = new KeyRing();
  const connections = new Connections({
    computer,
    folder: { journal: join(folder, 'data', 'connections'), backups: join(folder, 'data', 'backups') },
    clock: systemClock,
    keys,
    ...more,
  });
  return { computer, connections, keys };
}
