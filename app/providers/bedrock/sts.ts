import type { AccessKey } from './credential.ts';
import { type FoundSecret, missing, type Search } from './search.ts';
import { signedHeaders } from './sigv4.ts';
import { temporary } from './temporary.ts';

export interface Role {
  readonly roleArn: string;
  /** By which the session is known in AWS's own records. */
  readonly sessionName: string | undefined;
  readonly externalId?: string | undefined;
}

/** Takes on a role with the key of another identity. */
export async function assumeRole(search: Search, key: AccessKey, role: Role): Promise<FoundSecret> {
  const body = formOf('AssumeRole', role, role.externalId === undefined ? {} : { ExternalId: role.externalId });
  const request = {
    method: 'POST',
    origin: endpointOf(search),
    path: '/',
    headers: { 'content-type': contentType },
    body,
  };
  const { region } = search.settings;
  const headers = signedHeaders(request, { key, scope: { region, service: 'sts' }, nowMs: search.nowMs });
  return await ask(search, headers, body);
}

/** Takes on a role with the token of another sign-in, which needs no signature. */
export async function assumeRoleWithWebIdentity(
  search: Search,
  role: Role & { readonly token: string },
): Promise<FoundSecret> {
  const body = formOf('AssumeRoleWithWebIdentity', role, { WebIdentityToken: role.token });
  return await ask(search, { 'content-type': contentType }, body);
}

const contentType = 'application/x-www-form-urlencoded; charset=utf-8';

function formOf(action: string, { roleArn, sessionName }: Role, more: Readonly<Record<string, string>>): string {
  const named = { RoleArn: roleArn, RoleSessionName: sessionName ?? 'waystation' };
  return new URLSearchParams({ Action: action, Version: '2011-06-15', ...named, ...more }).toString();
}

function endpointOf({ settings: { region }, variables }: Search): string {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return new URL(variables['AWS_ENDPOINT_URL_STS'] ?? `https://sts.${region}.${domain}`).origin;
}

async function ask(search: Search, headers: Readonly<Record<string, string>>, body: string): Promise<FoundSecret> {
  const reply = await search.send({ url: `${endpointOf(search)}/`, method: 'POST', headers, body });
  const [accessKeyId, secretAccessKey, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map((name) =>
    elementOf(reply.body, name),
  );
  const expiresAt = Date.parse(elementOf(reply.body, 'Expiration') ?? '');
  const found = temporary({ key: { accessKeyId, secretAccessKey, sessionToken }, expiresAt }, search.nowMs);
  const code = elementOf(reply.body, 'Code') ?? `HTTP ${reply.status}`;
  return found ?? missing(`AWS did not let the profile’s role be taken on (${code})`);
}

/** None of the values can hold a character that XML writes in another way. */
function elementOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>\\s*([^<]*?)\\s*</${name}>`).exec(xml)?.[1];
}
