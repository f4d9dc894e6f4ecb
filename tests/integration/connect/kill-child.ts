import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ToolKeys } from '../../../app/connect/removal.ts';
import { toolIds } from '../../../app/connect/tool-id.ts';
import { address, settingIn } from './setting.ts';

/** Connects or disconnects one tool, or sets all aside, says every step it reaches, and waits for its end at the one that is named. */
const [folder = '', work = '', tool = '', stop = ''] = process.argv.slice(2);

/** Its keys outlive it. */
export class KeyFile implements ToolKeys {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  all(): readonly string[] {
    return readFileSync(this.#file, 'utf8').split('\n').filter(Boolean);
  }

  async make(_: string, attempt: string) {
    writeFileSync(this.#file, [...this.all(), attempt].join('\n'));
    return { id: attempt, secret: `ws_${attempt}` };
  }

  async findOf(attempt: string) {
    return this.all().find((one) => one === attempt);
  }

  async remove(id: string) {
    writeFileSync(
      this.#file,
      this.all()
        .filter((one) => one !== id)
        .join('\n'),
    );
  }
}

const id = toolIds.find((one) => one === tool);
if (id) {
  const stayAlive = setInterval(() => undefined, 1_000);
  const { connections } = settingIn(folder, {
    keys: new KeyFile(join(folder, 'keys')),
    reached: async (step) => {
      writeSync(1, `${step}\n`);
      if (step === stop) await new Promise(() => undefined);
    },
  });
  if (work === 'connect') await connections.connect(id, { address });
  else if (work === 'set-aside') await connections.setAside();
  else await connections.disconnect(id);
  clearInterval(stayAlive);
}
