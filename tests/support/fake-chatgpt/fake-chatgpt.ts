import { type Answer, answersJson, type Question, refuses } from '../fake-responses/answers.ts';
import { converses } from '../fake-responses/conversation.ts';
import { FakeResponses } from '../fake-responses/fake-responses.ts';
import { limitHeaders, type PlanLimits, usualLimits, withLimits } from './limits.ts';

export interface FakeChatGPTOptions {
  readonly accountId?: string;
  /** Whether an access token is one that was given out and is still good; every one is when left out. */
  readonly isGood?: (accessToken: string) => boolean;
}

/** What ChatGPT offers Codex, on loopback: OpenAI's Responses with an account, limits and rules of its own. */
export class FakeChatGPT {
  readonly responses: FakeResponses;
  readonly accountId: string;
  /** Told with every answer. */
  limits: PlanLimits = usualLimits;
  readonly #isGood: (accessToken: string) => boolean;
  #script: Answer[] = [];

  private constructor(responses: FakeResponses, { accountId = 'acct-made-up', isGood }: FakeChatGPTOptions) {
    this.responses = responses;
    this.accountId = accountId;
    this.#isGood = isGood ?? (() => true);
    responses.answer((question) => this.#answer(question));
  }

  static async start(options: FakeChatGPTOptions = {}): Promise<FakeChatGPT> {
    return new FakeChatGPT(await FakeResponses.start(), options);
  }

  /** An account's address. */
  get baseUrl(): string {
    return `${this.responses.url}/backend-api/codex`;
  }

  /** Requests for new responses. */
  get calls() {
    return this.responses.calls;
  }

  get ledger() {
    return this.responses.ledger;
  }

  /** Answers for the next requests that it would answer. Afterwards it converses again. */
  script(answers: readonly Answer[]): void {
    this.#script = [...answers];
  }

  async close(): Promise<void> {
    await this.responses.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #answer(question: Question): Answer | undefined {
    const { request, body, isStream } = question;
    const [, path = ''] = /^\/backend-api\/codex(\/[^?]*)/.exec(request.path) ?? [];
    if (!this.#isGood(request.credential ?? '')) {
      return refuses(401, { code: 'token_expired', message: 'Provided authentication token is expired.' });
    }
    if (request.headers['chatgpt-account-id'] !== this.accountId) return detail(401, 'Unauthorized');
    if (request.method !== 'POST') return detail(404, 'Not Found');
    if (path === '/responses/compact') {
      return 'store' in body ? detail(400, 'Unsupported parameter: store') : undefined;
    }
    if (path !== '/responses') return detail(404, 'Not Found');
    if (body['store'] !== false) return detail(400, 'Store must be set to false');
    if (!isStream) return detail(400, 'Stream must be set to true');
    if ('previous_response_id' in body) return detail(400, 'Unsupported parameter: previous_response_id');
    return withLimits(this.#script.shift() ?? converses, this.limits);
  }
}

/** A used-up plan, as ChatGPT says it. */
export function usageLimitReached(limits: PlanLimits, resetInSeconds: number): Answer {
  return (question) => {
    const resetsAt = Math.floor(question.nowMs / 1_000) + resetInSeconds;
    return refuses(429, {
      type: 'usage_limit_reached',
      message: 'The usage limit has been reached',
      more: { plan_type: 'plus', resets_at: resetsAt, resets_in_seconds: resetInSeconds, eligible_promo: null },
      headers: limitHeaders(limits, question.nowMs),
    })(question);
  };
}

/** ChatGPT's own refusals are no envelope of OpenAI's API. */
function detail(status: number, message: string): Answer {
  return answersJson({ detail: message }, status);
}
