import { FakeResponses } from './fake-responses/fake-responses.ts';
import { type Reply, TestApp } from './test-app.ts';

/** A relay with two OpenAI accounts of one priority: without a pin calls would alternate between them. */
export interface OpenAIPool extends AsyncDisposable {
  readonly relay: TestApp;
  readonly fakes: readonly FakeResponses[];
  /** As OpenAI's clients send it; a text is sent as it is. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  get(path: string): Promise<Reply>;
  /** How many requests each fake has seen. */
  seen(): readonly number[];
}

export async function startOpenAIPool(key: Readonly<Record<string, unknown>> = {}): Promise<OpenAIPool> {
  const relay = await TestApp.start({ upstreams: 0, key });
  const fakes = await Promise.all([FakeResponses.start(), FakeResponses.start()]);
  for (const [index, fake] of fakes.entries()) {
    await relay.app.parts.accountRepository.create({
      name: `openai-${index}`,
      provider: 'openai',
      settings: { baseUrl: `${fake.url}/v1` },
      secretText: `sk-made-up-${index}`,
      allowLocalUpstream: true,
    });
  }
  await relay.app.parts.accounts.reload();
  const bearer = { authorization: `Bearer ${relay.secret}` };
  return {
    relay,
    fakes,
    post: (path, body, headers = {}) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const all = { ...bearer, 'content-type': 'application/json', ...headers };
      return relay.request({ method: 'POST', path, headers: all, body: text });
    },
    get: (path) => relay.request({ path, headers: bearer }),
    seen: () => fakes.map(({ requests }) => requests.length),
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await Promise.all(fakes.map((fake) => fake.close()));
    },
  };
}
