import { measureChoosing } from './choosing.ts';
import { measureCrossings } from './translation.ts';

// In a process of its own, on the core of the proxies: nothing else of the bench warms or disturbs it.
process.stdout.write(JSON.stringify({ ...measureCrossings(), choosing: measureChoosing() }));
