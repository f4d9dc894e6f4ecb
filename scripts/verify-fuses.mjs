import { wrongFuses } from './packaging/fuses.mjs';
import { report } from './packaging/report.mjs';

/** `node scripts/verify-fuses.mjs PROGRAM`: reads the fuses of a packaged binary and compares them with the table. */
const [program = ''] = process.argv.slice(2);
const { getCurrentFuseWire } = await import('@electron/fuses');
report(`the fuses of ${program}`, wrongFuses(await getCurrentFuseWire(program)));
