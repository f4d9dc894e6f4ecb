import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { report } from './packaging/report.mjs';
import { wrongUpdates } from './packaging/updates.mjs';

/** `node scripts/verify-update-metadata.mjs FOLDER VERSION PUBLIC-KEY-FILE`: looks at a release as the app will. */
const [folder = '', version = '', keyFile = ''] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const { load: readYaml } = createRequire(require.resolve('electron-builder/package.json'))('js-yaml');
const publicKeyPem = readFileSync(keyFile, 'utf8');
report(`the update files of ${folder}`, wrongUpdates(folder, { version, publicKeyPem, readYaml }));
