import * as z from 'zod';
import { parseJson } from '../../protocols/json-value.ts';

const text = z.string().min(1).max(16_384);
const missing =
  'It is no login with Google. Sign in with a browser, or paste the whole text of Gemini CLI’s oauth_creds.json.';
const token = z
  .string()
  .min(1, missing)
  .max(16_384)
  .regex(/^[!-~]*$/, 'It has a blank or another character that no token has.');

/** A login with Google, and what Code Assist said of the account. */
export const codeAssistSecret = z
  .strictObject({
    accessToken: token.meta({ title: 'Access token' }),
    /** Stays good: Google's do not rotate. */
    refreshToken: token.optional(),
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
  access_token: token,
  refresh_token: token.nullish(),
  expiry_date: z.number().nullish().catch(undefined),
});

/** The login that Gemini CLI keeps on this computer, without what renews it: the CLI does that itself. */
export function readCliLogin(file: string): CodeAssistSecret | undefined {
  const login = readFile(file);
  if (!login) return undefined;
  const { refreshToken: _, ...lent } = login;
  return lent;
}

/** The text of that file as somebody hands it over, with what renews it: Google's refresh tokens do not rotate. */
export function secretFromText(pasted: string): CodeAssistSecret {
  return readFile(pasted) ?? { accessToken: '' };
}

function readFile(file: string): CodeAssistSecret | undefined {
  const { data } = cliLogin.safeParse(parseJson(file));
  if (!data) return undefined;
  const { access_token, refresh_token, expiry_date } = data;
  return {
    accessToken: access_token,
    ...(refresh_token ? { refreshToken: refresh_token } : {}),
    ...(expiry_date ? { expiresAt: expiry_date } : {}),
  };
}
