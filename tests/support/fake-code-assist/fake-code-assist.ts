import type { Answer, Question } from '../fake-anthropic/answers.ts';
import { countTokens } from '../fake-anthropic/charge.ts';
import type { Ledger } from '../fake-anthropic/ledger.ts';
import type { SeenRequest } from '../fake-anthropic/seen-request.ts';
import { answersJson, refuses } from '../fake-gemini/answers.ts';
import { converses } from '../fake-gemini/conversation.ts';
import { errorInfo } from '../fake-gemini/errors.ts';
import { FakeGemini } from '../fake-gemini/fake-gemini.ts';
import { verbOf } from '../fake-gemini/routes.ts';
import { invalidityOf } from '../fake-gemini/validity.ts';
import { Control, type Person, usualPerson } from './control.ts';
import { innerOf, wrapped } from './wrapped.ts';

export interface FakeCodeAssistOptions {
  readonly port?: number;
  /** Whether it takes an access token; all when left out. */
  readonly isGood?: (accessToken: string) => boolean;
  readonly person?: Partial<Person>;
  /** What it has nothing to say to: 403. */
  readonly refusedVerbs?: readonly string[];
}

/** What Google's parser knows of a wrapper. */
const wrapperFields: ReadonlySet<string> = new Set([
  'model',
  'project',
  'user_prompt_id',
  'request',
  'enabled_credit_types',
]);

/** Google's Code Assist on loopback: `fake-gemini` with a wrapper around it, a person, and what it says of accounts. */
export class FakeCodeAssist {
  readonly project: string;
  readonly #gemini: FakeGemini;

  private constructor(gemini: FakeGemini, project: string) {
    this.#gemini = gemini;
    this.project = project;
  }

  static async start(options: FakeCodeAssistOptions = {}): Promise<FakeCodeAssist> {
    const gemini = await FakeGemini.start(options.port === undefined ? {} : { port: options.port });
    const person = { ...usualPerson, ...options.person };
    const control = new Control(person);
    gemini.answer((question) => {
      const refusal = refusalOf(question, options);
      if (refusal) return refusal;
      const verb = assistVerbOf(question.request.path);
      if (!verb.endsWith('enerateContent'))
        return control.answerTo(verb, question) ?? countOf(verb, question) ?? notFound;
      const wrong = wrongWrapper(question, person.project);
      return wrong ?? (gemini.scriptedLeft === 0 ? conversation(question) : undefined);
    });
    return new FakeCodeAssist(gemini, person.project);
  }

  get url(): string {
    return this.#gemini.url;
  }

  get ledger(): Ledger {
    return this.#gemini.ledger;
  }

  get requests(): readonly SeenRequest[] {
    return this.#gemini.requests;
  }

  /** Requests for answers, in the order they were answered. */
  get calls(): readonly SeenRequest[] {
    return this.#gemini.calls;
  }

  /** Answers of `fake-gemini` for the next calls; they are wrapped here. */
  script(answers: readonly Answer[]): void {
    this.#gemini.script(answers.map(wrapped));
  }

  /** Answers that are wrapped already. */
  scriptAsIs(answers: readonly Answer[]): void {
    this.#gemini.script(answers);
  }

  async call(count: number): Promise<SeenRequest> {
    return await this.#gemini.call(count);
  }

  /** The verbs of everything that was asked, in order. */
  verbs(): readonly string[] {
    return this.requests.map(({ path }) => assistVerbOf(path));
  }

  async close(): Promise<void> {
    await this.#gemini.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const notFound: Answer = refuses(404, { message: 'Requested entity was not found.' });

function assistVerbOf(path: string): string {
  return path.startsWith('/v1internal/operations/') ? 'operations' : verbOf(path);
}

function refusalOf({ request }: Question, options: FakeCodeAssistOptions): Answer | undefined {
  const { isGood, refusedVerbs = [] } = options;
  if (refusedVerbs.includes(assistVerbOf(request.path))) {
    return refuses(403, { details: [errorInfo('SUBSCRIPTION_REQUIRED')] });
  }
  const [, token] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  if (token !== undefined && (isGood?.(token) ?? true)) return undefined;
  const message = 'Request had invalid authentication credentials. Expected OAuth 2 access token.';
  return refuses(401, { message });
}

function countOf(verb: string, question: Question): Answer | undefined {
  const { model, contents } = innerOf(question);
  if (verb !== 'countTokens') return undefined;
  if (!String(model).startsWith('models/')) return refuses(400, { message: 'Invalid model.' });
  return answersJson({ totalTokens: countTokens(JSON.stringify(contents)) });
}

/** What is wrong with a wrapper, whoever answers. */
function wrongWrapper({ body }: Question, project: string): Answer | undefined {
  const unknown = Object.keys(body).find((name) => !wrapperFields.has(name));
  if (unknown !== undefined) return refuses(400, { message: `Unknown name "${unknown}": Cannot find field.` });
  return body['project'] === project ? undefined : refuses(403, { message: 'Permission denied on the project.' });
}

function conversation(question: Question): Answer {
  const { session_id: _, ...inner } = innerOf(question);
  const message = invalidityOf(inner);
  return message === undefined ? wrapped(converses) : refuses(400, { message });
}
