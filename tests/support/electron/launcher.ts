import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { runInThisContext } from 'node:vm';
import { driverConnected } from './messages.ts';

/** Runs a built main script as Electron would: `electron` is the double, and `ready` comes after the script was read. */
const [entry = ''] = process.argv.splice(1, 2, '.').slice(1);
const double = new URL('./electron.ts', import.meta.url).href;

registerHooks({
  resolve: (name, context, next) => (name === 'electron' ? { url: double, shortCircuit: true } : next(name, context)),
});

const electron = await import('./electron.ts');
const { appDouble } = await import('./app.ts');
// NOTE: nothing else keeps this process alive yet: a main script that waits for `ready` at its top level ends here with
// exit code 13, where Electron would hang for ever.
await import(pathToFileURL(entry).href);
process.on('message', answerEvaluate);
process.on('disconnect', () => process.exit(1));
appDouble.mainScriptLoaded();

interface Evaluate {
  readonly id: number;
  readonly source: string;
  readonly argument: unknown;
}

function answerEvaluate(message: Evaluate | typeof driverConnected): void {
  if (message === driverConnected) return;
  const { id, source, argument } = message;
  const answer = async () => await runInThisContext(`(${source})`)(electron, argument);
  answer().then(
    (value) => process.send?.({ kind: 'answer', id, value }),
    (error) => process.send?.({ kind: 'answer', id, error: String(error) }),
  );
}
