import * as z from 'zod';
import { member, parseJson } from '../../protocols/json-value.ts';

const token = z
  .string({ error: 'Give the token.' })
  .min(1, 'The token is empty.')
  .regex(
    /^[!-~]*$/,
    'The token has a blank or another character that no token has. Paste the token alone, in one line.',
  )
  .refine((text) => !text.startsWith('sk-ant-api'), 'This is an API key. Add it with the provider anthropic.');

/** What a sign-in to Claude leaves: from a browser, a setup token, or the login of Claude Code itself. */
export const claudeSecret = z
  .strictObject({
    accessToken: token.meta({ title: 'Setup token', description: 'From `claude setup-token`. Kept in the vault.' }),
    /** Only what we signed in to ourselves is ours to renew. */
    refreshToken: token.optional(),
    /** Epoch milliseconds. */
    expiresAt: z.number().optional(),
    scopes: z.array(z.string()).optional(),
  })
  .meta({ title: 'Sign-in' });

export type ClaudeSecret = z.infer<typeof claudeSecret>;

export function setupTokenFromText(text: string): ClaudeSecret {
  return { accessToken: text.trim() };
}

const cliLogin = z.object({
  accessToken: token,
  expiresAt: z.number(),
  scopes: z.array(z.string()).optional().catch(undefined),
});

/** From Claude Code's own store, without its refresh token: that one stays its own. */
export function readCliLogin(text: string): ClaudeSecret | undefined {
  return cliLogin.safeParse(member(parseJson(text), 'claudeAiOauth')).data;
}
