import { measureAdmission } from './admission.ts';

// In a process of its own, like the translation's.
process.stdout.write(JSON.stringify(await measureAdmission()));
