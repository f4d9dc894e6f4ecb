import type { FakeCodeAssist } from './fake-code-assist/fake-code-assist.ts';
import type { TestApp } from './test-app.ts';

/** As Gemini CLI says it of itself. */
export const geminiCliAgent = 'GeminiCLI/0.61.0/gemini-3.8-flash (linux; x64; terminal)';

/** An account of Code Assist whose login is good for an hour and has its project. Answers its id. */
export async function addCodeAssist(
  relay: TestApp,
  fake: Pick<FakeCodeAssist, 'url' | 'project'>,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const login = { access_token: 'ya29.made-up', expiry_date: Date.now() + 3_600_000 };
  const { id } = await relay.app.parts.accountRepository.create({
    name: 'code-assist',
    provider: 'gemini-code-assist',
    settings: { baseUrl: fake.url, project: fake.project },
    secretText: JSON.stringify(login),
    allowLocalUpstream: true,
    acceptTerms: true,
    ...more,
  });
  await relay.app.parts.accounts.reload();
  return id;
}

/** An account of the Gemini API with a key. */
export async function addGemini(
  relay: TestApp,
  { url }: { readonly url: string },
  secretText = 'AIzaMadeUpMadeUpMadeUpMadeUpMadeUpMadeU',
): Promise<void> {
  const settings = { baseUrl: url };
  await relay.app.parts.accountRepository.create({
    name: 'gemini',
    provider: 'gemini',
    settings,
    secretText,
    allowLocalUpstream: true,
  });
  await relay.app.parts.accounts.reload();
}
