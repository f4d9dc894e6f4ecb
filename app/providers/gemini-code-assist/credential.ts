import * as z from 'zod';
import { parseJson } from '../../protocols/json-value.ts';

const text = z.string().min(1).max(16_384);

/** A login with Google, and what Code Assist said of the account. */
export const codeAssistSecret = z
  .strictObject({
    accessToken: text,
    /** Stays good: Google's do not rotate. */
    refreshToken: text.optional(),
    /** Epoch milliseconds. */
    expiresAt: z.number().optional(),
    /** What calls are billed to. Absent until Code Assist has named it. */
    project: text.optional(),
    tier: text.optional(),
    /** What Google calls the tier. */
    plan: text.optional(),
  })
  .meta({ title: 'Login with Google' });

export type CodeAssistSecret = z.infer<typeof codeAssistSecret>;

/** As Gemini CLI keeps it in `~/.gemini/oauth_creds.json`. */
const cliLogin = z.object({
  access_token: text,
  refresh_token: text.nullish(),
  expiry_date: z.number().nullish().catch(undefined),
});

/** With what renews it: Google's refresh tokens do not rotate, so that neither of two holders is signed out. */
export function readCliLogin(file: string): CodeAssistSecret | undefined {
  const { data } = cliLogin.safeParse(parseJson(file));
  if (!data) return undefined;
  const { access_token, refresh_token, expiry_date } = data;
  return {
    accessToken: access_token,
    ...(refresh_token ? { refreshToken: refresh_token } : {}),
    ...(expiry_date ? { expiresAt: expiry_date } : {}),
  };
}

/** What a person pastes: the text of that file, or a token alone, which nobody can renew. */
export function secretFromText(pasted: string): CodeAssistSecret {
  return readCliLogin(pasted) ?? { accessToken: pasted.trim() };
}
