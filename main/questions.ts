import { askPerson } from './ask-person.ts';
import type { Say } from './texts.ts';

/** Where nobody could find a hidden window again. */
export async function askWhatClosingMeans(say: Say): Promise<'quit' | 'minimise'> {
  const isQuit = await askPerson({
    ...{ message: say('close.title'), detail: say('close.detail') },
    ...{ yes: say('close.quit'), no: say('close.minimise') },
  });
  return isQuit ? 'quit' : 'minimise';
}

/** What is written into other programs' files is asked about first. */
export async function askAboutDisconnecting(names: readonly string[], say: Say): Promise<boolean> {
  return await askPerson({
    ...{ message: say('disconnect.title'), detail: say('disconnect.detail', { names: names.join(', ') }) },
    ...{ yes: say('disconnect.yes'), no: say('disconnect.no') },
  });
}
