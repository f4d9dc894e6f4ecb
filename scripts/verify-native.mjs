import { wrongModules } from './packaging/native.mjs';
import { report } from './packaging/report.mjs';

/** `node scripts/verify-native.mjs FOLDER PLATFORM ARCH`: looks at the native modules in an `app.asar.unpacked`. */
const [folder = '', platform = process.platform, arch = process.arch] = process.argv.slice(2);
report(`the native modules of ${folder}`, wrongModules(folder, { platform, arch }));
