import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Measured, Round } from './figures.ts';
import type { Launcher } from './launcher.ts';
import type { Crossings } from './translation.ts';

/** What crossing protocols and choosing an account cost, as rows of a round: measured in a fresh process on the core of the proxies. */
export async function measuredCrossings(launcher: Launcher): Promise<Round> {
  process.stderr.write('  crossing protocols\n');
  const printed = await printedBy(launcher, 'translation-process.ts');
  const { perEvent, perRequest, choosing }: Crossings & { choosing: number } = JSON.parse(printed);
  return {
    choosing: { relay: { micros: choosing } },
    'crossing-event': { relay: { ...perEvent, worst: Math.max(...Object.values(perEvent)) } },
    'crossing-request': { relay: { ...perRequest, worst: Math.max(...Object.values(perRequest)) } },
  };
}

/** What holding a call against the limits of its key and settling it takes. */
export async function measuredAdmission(launcher: Launcher): Promise<Round> {
  process.stderr.write('  admission and settlement\n');
  const relay: Measured = JSON.parse(await printedBy(launcher, 'admission-process.ts'));
  return { admission: { relay } };
}

async function printedBy(launcher: Launcher, name: string): Promise<string> {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const child = launcher.start(1, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (!child.stdout) throw new Error('The bench cannot read its own process');
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`${name} of the bench ended with ${code}`);
  return printed;
}
