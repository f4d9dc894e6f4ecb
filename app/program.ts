import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { systemClock } from './domain/clock.ts';

// What V8 compiled is kept for the next start, a fifth of which it takes. Beside the program, because whoever may write there
// may change the program too, which is not so for a folder of temporary files. Where it cannot be kept, nothing is missing.
enableCompileCache(join(import.meta.dirname, '.compiled'));
// Usually it is kept at the end, which a computer that is switched off does not wait for.
systemClock.after(5_000, flushCompileCache);

const { main } = await import('./cli.ts');
process.exitCode = await main(process.argv.slice(2));
