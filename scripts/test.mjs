import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onNpmGone } from './launch/npm-parent.mjs';
import { root } from './launch/paths.mjs';
import { onProjectNode, prepareBuild } from './launch/prepare.mjs';
import { runScript } from './launch/stop.mjs';
import { countLine, OutcomeReporter } from './outcome-reporter.mjs';

/** What a person asks for, and the projects of vitest.config.ts that hold it. */
const projectsOf = {
  unit: ['unit'],
  contract: ['contract', 'servers'],
  integration: ['integration', 'measured'],
  e2e: ['e2e', 'measured'],
};

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`);

await runScript(async () => {
  try {
    return await onProjectNode(fileURLToPath(import.meta.url), { root, say }, runSuites);
  } catch (error) {
    // Whoever reads only the last line must not take a broken start for a green run.
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    say(countLine({ passed: 0, failed: 1, skipped: 0 }));
    return 1;
  }
});

/** Arguments are names of suites, parts of file names, and vitest's own options. */
async function runSuites() {
  await prepareBuild({ root, say });
  const { parseCLI, startVitest } = await import('vitest/node');
  const asked = process.argv.slice(2);
  const { filter, options } = parseCLI(['vitest', 'run', ...asked.filter((word) => !Object.hasOwn(projectsOf, word))]);
  const projects = Object.entries(projectsOf).flatMap(([word, its]) => (asked.includes(word) ? its : []));
  const outcome = new OutcomeReporter();
  onNpmGone(() => process.exit(1));
  process.chdir(root);
  process.env['PATH'] = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
  const vitest = await startVitest(filter, {
    ...options,
    ...(projects.length > 0 && { project: projects }),
    config: join('tests', 'vitest.config.ts'),
    root,
    watch: false,
    reporters: ['default', outcome],
  });
  await vitest.close();
  for (const line of outcome.lines()) say(line);
  return outcome.counts().failed > 0 ? 1 : 0;
}
