import type { Answer, Question } from '../fake-anthropic/answers.ts';
import { answersJson, refuses } from '../fake-gemini/answers.ts';

/** What Google knows of the person behind a token. */
export interface Person {
  /** The project that calls are billed to; the one that onboarding makes when it has not happened yet. */
  readonly project: string;
  readonly tier: string;
  readonly isOnboarded: boolean;
  /** How often an operation is looked at before it is done. */
  readonly polls: number;
  /** Why there is no tier at all. */
  readonly ineligible?: readonly object[] | undefined;
  /** The person brings the project: Google has none for this tier. */
  readonly bringsProject?: boolean | undefined;
  readonly buckets?: readonly object[] | undefined;
}

export const usualPerson: Person = { project: 'made-up-project-7', tier: 'free-tier', isOnboarded: true, polls: 0 };

/** Onboarding, quota and the rest of what Code Assist says of an account. */
export class Control {
  readonly #person: Person;
  #isOnboarded: boolean;
  #pollsLeft: number;

  constructor(person: Person) {
    this.#person = person;
    this.#isOnboarded = person.isOnboarded;
    this.#pollsLeft = person.polls;
  }

  answerTo(verb: string, question: Question): Answer | undefined {
    switch (verb) {
      case 'loadCodeAssist':
        return answersJson(this.#load());
      case 'onboardUser':
        return question.body['cloudaicompanionProject'] !== undefined && this.#person.tier === 'free-tier'
          ? refuses(400, { status: 'FAILED_PRECONDITION', message: 'Precondition check failed.' })
          : answersJson(this.#operation());
      case 'operations':
        return answersJson(this.#operation());
      case 'retrieveUserQuota':
        return answersJson({ buckets: this.#person.buckets ?? [] });
      case 'listExperiments':
        return answersJson({ experimentIds: [105979646], flags: [{ flagId: 45740196, boolValue: false }] });
      case 'fetchAdminControls':
        return answersJson({ adminControlsApplicable: false });
      case 'recordCodeAssistMetrics':
        return answersJson({});
      default:
        return undefined;
    }
  }

  #load(): object {
    const { tier, project, ineligible, bringsProject } = this.#person;
    const described = {
      id: tier,
      name: 'Gemini Code Assist',
      userDefinedCloudaicompanionProject: bringsProject ?? false,
    };
    const rest = { gcpManaged: false, ...(ineligible && { ineligibleTiers: ineligible }) };
    if (ineligible && !bringsProject) return { allowedTiers: [], ...rest };
    if (!this.#isOnboarded) return { allowedTiers: [{ ...described, isDefault: true }], ...rest };
    return { currentTier: described, ...(!bringsProject && { cloudaicompanionProject: project }), ...rest };
  }

  #operation(): object {
    const name = 'operations/made-up.17';
    if (this.#pollsLeft > 0) {
      this.#pollsLeft -= 1;
      return { name };
    }
    this.#isOnboarded = true;
    const { project } = this.#person;
    return { name, done: true, response: { cloudaicompanionProject: { id: project, name: project } } };
  }
}
