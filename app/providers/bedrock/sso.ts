import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { member, parseJson, textMember } from '../../protocols/json-value.ts';
import type { Profile } from './profiles.ts';
import { type FoundSecret, missing, type Search } from './search.ts';
import { temporary } from './temporary.ts';

/** Exchanges the sign-in that `aws sso login` left on this computer for a credential of the profile's role. */
export async function findSsoCredential(search: Search, profile: Profile, name: string): Promise<FoundSecret> {
  const sessionName = profile.get('sso_session');
  const session = sessionName === undefined ? profile : search.files.ssoSession(sessionName);
  const startUrl = session?.get('sso_start_url');
  const region = session?.get('sso_region');
  if (startUrl === undefined || region === undefined || !/^[a-z0-9-]+$/.test(region)) {
    return missing(`the AWS profile ${name} does not say where to sign in`);
  }
  const token = await readToken(search, sessionName ?? startUrl);
  if (token === undefined) {
    return missing(`the sign-in of AWS profile ${name} is over; run: aws sso login --profile ${name}`);
  }
  const question = new URLSearchParams({
    role_name: profile.get('sso_role_name') ?? '',
    account_id: profile.get('sso_account_id') ?? '',
  });
  const { status, body } = await search.send({
    url: `${portalOf(search, region)}/federation/credentials?${question}`,
    method: 'GET',
    headers: { 'x-amz-sso_bearer_token': token, accept: 'application/json' },
  });
  const given = member(parseJson(body), 'roleCredentials');
  const found = temporary({ key: given, expiresAt: Number(member(given, 'expiration')) }, search.nowMs);
  return found ?? missing(`AWS gave no credential for the profile ${name} (HTTP ${status})`);
}

function portalOf({ variables }: Search, region: string): string {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return variables['AWS_ENDPOINT_URL_SSO']?.replace(/\/+$/, '') ?? `https://portal.sso.${region}.${domain}`;
}

/** The token of a sign-in that still lasts. Renewing it is left to AWS's own tools: it is spent by being used. */
async function readToken({ homeDir, nowMs, readFile }: Search, key: string): Promise<string | undefined> {
  const name = createHash('sha1').update(key).digest('hex');
  const cached = parseJson((await readFile(join(homeDir, '.aws', 'sso', 'cache', `${name}.json`))) ?? '');
  const lasts = Date.parse(textMember(cached, 'expiresAt') ?? '') > nowMs;
  return lasts ? textMember(cached, 'accessToken') : undefined;
}
