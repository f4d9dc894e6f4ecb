import { join } from 'node:path';
import type { FindDeps } from '../surroundings.ts';
import type { BedrockSecret, DefaultChain } from './credential.ts';
import { type Profile, readSharedFiles, type SharedFiles } from './profiles.ts';
import { type FoundSecret, missing, type Search } from './search.ts';
import type { BedrockSettings } from './settings.ts';
import { findSsoCredential } from './sso.ts';
import { assumeRole, assumeRoleWithWebIdentity, type Role } from './sts.ts';

/** Other tools write the shared files whenever they like. */
const filesLookAgainMs = 60_000;

/**
 * AWS's usual chain: environment, shared files, web identity. Left out on purpose: `credential_process` runs whatever
 * program a file names, and the metadata of cloud machines and containers is an address that nothing here ever asks.
 */
export async function findInChain(
  { profile }: DefaultChain,
  settings: BedrockSettings,
  deps: FindDeps,
): Promise<FoundSecret> {
  const { variables } = deps;
  const inEnvironment = profile === undefined ? fromEnvironment(deps, settings) : undefined;
  if (inEnvironment) return inEnvironment;
  const search: Search = { ...deps, settings, files: await readFiles(deps) };
  const name = profile ?? variables['AWS_PROFILE'] ?? 'default';
  const isNamed = profile !== undefined || variables['AWS_PROFILE'] !== undefined;
  const fields = search.files.profile(name);
  if (fields) return await fromProfile(search, name, []);
  if (isNamed) return missing(`AWS’s shared files have no profile ${name}`);
  const { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: roleArn } = variables;
  const sessionName = variables['AWS_ROLE_SESSION_NAME'];
  if (file !== undefined && roleArn !== undefined) return await fromWebIdentity(search, file, { roleArn, sessionName });
  return missing('there are no AWS credentials in the environment or in AWS’s shared files');
}

function fromEnvironment({ variables }: FindDeps, settings: BedrockSettings): FoundSecret | undefined {
  const { AWS_BEARER_TOKEN_BEDROCK: token } = variables;
  if (token !== undefined && isAmazon(settings)) return lasting({ kind: 'api-key', token });
  const key = keyFrom((name) => variables[`AWS_${name.toUpperCase()}`]);
  return key && lasting(key);
}

/** An API key is sent as it is: one that was not entered for an address goes to Amazon's own only. */
function isAmazon({ endpoint }: BedrockSettings): boolean {
  return endpoint === undefined || /^https:\/\/[\w.-]+\.amazonaws\.com(?:\.cn)?(?:[:/]|$)/.test(endpoint);
}

async function readFiles({ variables, homeDir, readFile }: FindDeps): Promise<SharedFiles> {
  const [config, credentials] = await Promise.all([
    readFile(variables['AWS_CONFIG_FILE'] ?? join(homeDir, '.aws', 'config')),
    readFile(variables['AWS_SHARED_CREDENTIALS_FILE'] ?? join(homeDir, '.aws', 'credentials')),
  ]);
  return readSharedFiles(config, credentials);
}

/** `trail` holds the profiles that led here, so that a circle of sources ends. */
async function fromProfile(search: Search, name: string, trail: readonly string[]): Promise<FoundSecret> {
  const profile = search.files.profile(name);
  if (!profile) return missing(`AWS’s shared files have no profile ${name}`);
  const roleArn = profile.get('role_arn');
  if (roleArn !== undefined && !trail.includes(name)) return await fromRole(search, profile, [...trail, name]);
  const key = keyFrom((field) => profile.get(`aws_${field}`));
  if (key) return { kind: 'found', secret: key, lookAgainAt: search.nowMs + filesLookAgainMs };
  if (profile.has('sso_account_id')) return await findSsoCredential(search, profile, name);
  return missing(`the AWS profile ${name} ${whyNot(profile)}`);
}

async function fromRole(search: Search, profile: Profile, trail: readonly string[]): Promise<FoundSecret> {
  const roleArn = profile.get('role_arn') ?? '';
  const name = trail.at(-1);
  const role = { roleArn, sessionName: profile.get('role_session_name') };
  const file = profile.get('web_identity_token_file');
  if (file !== undefined) return await fromWebIdentity(search, file, role);
  if (profile.has('mfa_serial')) return missing(`the AWS profile ${name} asks for a code with each sign-in`);
  const source = await sourceOf(search, profile, trail);
  if (source.kind === 'missing' || source.secret.kind !== 'aws') return source;
  return await assumeRole(search, source.secret, { ...role, externalId: profile.get('external_id') });
}

async function sourceOf(search: Search, profile: Profile, trail: readonly string[]): Promise<FoundSecret> {
  const source = profile.get('source_profile');
  if (source !== undefined) return await fromProfile(search, source, trail);
  const inEnvironment = keyFrom((name) => search.variables[`AWS_${name.toUpperCase()}`]);
  if (profile.get('credential_source') === 'Environment' && inEnvironment) return lasting(inEnvironment);
  return missing(`the AWS profile ${trail.at(-1)} takes its role from a source that Waystation does not use`);
}

async function fromWebIdentity(search: Search, file: string, role: Role): Promise<FoundSecret> {
  const token = (await search.readFile(file))?.trim();
  if (!token) return missing('the file with the web identity token cannot be read');
  return await assumeRoleWithWebIdentity(search, { ...role, token });
}

/** The three parts of a key, wherever they stand. */
function keyFrom(read: (name: string) => string | undefined): BedrockSecret | undefined {
  const accessKeyId = read('access_key_id');
  const secretAccessKey = read('secret_access_key');
  const sessionToken = read('session_token');
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { kind: 'aws', accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

function whyNot(profile: Profile): string {
  if (profile.has('credential_process')) {
    return 'would run a program (credential_process), which Waystation does not do; let it write a session into the file instead';
  }
  return profile.has('login_session')
    ? 'uses aws login, which Waystation cannot read; use aws sso login or an access key'
    : 'has no credential';
}

function lasting(secret: BedrockSecret): FoundSecret {
  return { kind: 'found', secret, lookAgainAt: Number.POSITIVE_INFINITY };
}
