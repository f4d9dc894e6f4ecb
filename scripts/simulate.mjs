import { fileURLToPath } from 'node:url';
import { root } from './launch/paths.mjs';
import { onProjectNode } from './launch/prepare.mjs';
import { runScript } from './launch/stop.mjs';

/** @param {string} line */
const say = (line) => process.stderr.write(`${line}\n`);

await runScript(() =>
  onProjectNode(fileURLToPath(import.meta.url), { root, say }, async () => {
    // Imported late: it is TypeScript, and older Nodes cannot read it.
    const { main } = await import('./simulate/main.ts');
    return await main();
  }),
);
