import { readAssistTarget } from '../protocols/gemini/assist-path.ts';
import type { Caller } from '../relay/call.ts';
import { type Asker, type ModelsDeps, usableModels } from './models.ts';

// Code Assist's calls about an account: its tier and project, its quota. The rule: for a key that is bound to an account
// of Code Assist, that account's upstream answers, as it does any other call. For every other key Waystation answers by
// itself: any account may serve that key's next call, so none speaks for all, and a pooled account's project is nobody
// else's to know. What it says is true here: a tier, a project by our own name, a quota without numbers for each model
// that the key can use, neither experiments nor an administrator's rules. Metrics are taken and dropped.

const project = 'waystation';
const tier = { id: 'standard-tier', name: 'Waystation', description: 'Served by the accounts of this Waystation.' };
const onboarded = {
  name: 'operations/waystation',
  done: true,
  response: { cloudaicompanionProject: { id: project, name: project } },
};

/** Whether the account that a key is bound to answers these calls. */
export function isAnsweredUpstream({ views }: ModelsDeps, caller: Caller): boolean {
  const bound = caller.kind === 'key' ? caller.key.accountId : undefined;
  return (
    bound !== undefined &&
    views().some(({ account, routes }) => account.id === bound && routes.includes('assist-control'))
  );
}

/** Our own answer, as JSON text. */
export function answerAssist(deps: ModelsDeps, asker: Asker, path: string): string {
  return JSON.stringify(answerTo(readAssistTarget(path)?.verb, () => usableModels(deps, asker)));
}

function answerTo(verb: string | undefined, models: () => readonly string[]): object {
  switch (verb) {
    case 'loadCodeAssist':
      return { currentTier: tier, allowedTiers: [{ ...tier, isDefault: true }], cloudaicompanionProject: project };
    case 'onboardUser':
    case '': // an operation that somebody waits for
      return onboarded;
    case 'retrieveUserQuota':
      return { buckets: models().map((modelId) => ({ modelId, tokenType: 'REQUESTS' })) };
    case 'listExperiments':
      return { experimentIds: [], flags: [] };
    case 'fetchAdminControls':
      return { adminControlsApplicable: false };
    default:
      return {};
  }
}
