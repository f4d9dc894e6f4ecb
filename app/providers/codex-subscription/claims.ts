import { member, parseJson, textMember } from '../../protocols/json-value.ts';

/** What a token says of the ChatGPT account it belongs to. */
export interface Claims {
  /** ChatGPT's id of the account or workspace, which every request must name. */
  readonly accountId: string | undefined;
  readonly plan: string | undefined;
  readonly email: string | undefined;
  readonly organization: string | undefined;
  /** Epoch milliseconds. */
  readonly expiresAt: number | undefined;
}

const authClaim = 'https://api.openai.com/auth';

/**
 * Reads a JWT's payload without checking its signature: it came from the token endpoint over TLS, or from the owner's own
 * file, and it only tells which account to name. Everything is undefined in what is no JWT.
 */
export function readClaims(token: string): Claims {
  const [, payload = ''] = token.split('.');
  const claims = parseJson(Buffer.from(payload, 'base64url').toString());
  const auth = member(claims, authClaim);
  const expires = member(claims, 'exp');
  return {
    accountId: textMember(auth, 'chatgpt_account_id'),
    plan: textMember(auth, 'chatgpt_plan_type'),
    email: textMember(claims, 'email'),
    organization: readOrganization(member(auth, 'organizations')),
    expiresAt: typeof expires === 'number' && Number.isFinite(expires) ? expires * 1_000 : undefined,
  };
}

/** The default one of those that the person belongs to. */
function readOrganization(organizations: unknown): string | undefined {
  if (!Array.isArray(organizations)) return undefined;
  const own = organizations.find((one) => member(one, 'is_default') === true) ?? organizations[0];
  return textMember(own, 'id');
}
