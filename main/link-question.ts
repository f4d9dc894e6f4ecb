import { askPerson } from './ask-person.ts';
import { type DeepLink, linkedTools } from './deep-link.ts';
import type { Say } from './texts.ts';

/** A link comes from anywhere: the person says whether it may show something. */
export async function askAboutLink(link: DeepLink, say: Say): Promise<boolean> {
  return await askPerson({
    ...{ message: say('link.title'), detail: say('link.detail', { what: whatOf(link, say) }) },
    ...{ yes: say('link.accept'), no: say('link.refuse') },
  });
}

function whatOf(link: DeepLink, say: Say): string {
  if (link.kind === 'open') return say('link.open', { page: link.page });
  if (link.kind === 'connect') return say('link.connect', { tool: linkedTools[link.tool] });
  return say('link.join', { host: link.origin });
}
