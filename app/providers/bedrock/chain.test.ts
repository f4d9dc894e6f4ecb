import { createHash } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ControlReply, ControlRequest } from '../oauth.ts';
import { findInChain } from './chain.ts';
import { secretFromText } from './credential.ts';
import { readSharedFiles } from './profiles.ts';

const nowMs = Date.UTC(2026, 10, 23, 12);
const homeDir = '/home/ann';
const configFile = join(homeDir, '.aws', 'config');
const credentialsFile = join(homeDir, '.aws', 'credentials');

interface World {
  readonly variables?: Record<string, string>;
  readonly files?: Record<string, string>;
  readonly profile?: string;
  readonly endpoint?: string;
  answer?(request: ControlRequest): Partial<ControlReply>;
}

async function find({ variables = {}, files = {}, profile, endpoint, answer }: World) {
  const asked: ControlRequest[] = [];
  const found = await findInChain(
    { kind: 'default-chain', ...(profile === undefined ? {} : { profile }) },
    { region: 'eu-central-1', ...(endpoint === undefined ? {} : { endpoint }) },
    {
      variables,
      homeDir,
      nowMs,
      readFile: async (path) => files[path],
      async send(request) {
        asked.push(request);
        return { status: 200, headers: {}, body: '', ...answer?.(request) };
      },
    },
  );
  return { found, asked };
}

const inEnvironment = { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 'envSecret' };
const envKey = { kind: 'aws', accessKeyId: 'AKIAENV', secretAccessKey: 'envSecret' };
const keyFile = (name: string, id: string) =>
  `[${name}]\naws_access_key_id = ${id}\naws_secret_access_key = secretOf${id}\n`;
const keyOf = (id: string) => ({ kind: 'aws', accessKeyId: id, secretAccessKey: `secretOf${id}` });

const soon = new Date(nowMs + 3_600_000).toISOString();
const stsAnswer = {
  body: `<AssumeRoleResponse><AssumeRoleResult><Credentials>
    <AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role+Secret/=</SecretAccessKey>
    <SessionToken>role/token==</SessionToken><Expiration>${soon}</Expiration>
  </Credentials></AssumeRoleResult></AssumeRoleResponse>`,
};
const roleKey = {
  kind: 'aws',
  accessKeyId: 'ASIAROLE',
  secretAccessKey: 'role+Secret/=',
  sessionToken: 'role/token==',
};

describe('the environment', () => {
  test('goes first, and lasts as long as the process', async () => {
    const { found } = await find({
      variables: inEnvironment,
      files: { [credentialsFile]: keyFile('default', 'AKIA1') },
    });
    expect(found).toEqual({ kind: 'found', secret: envKey, lookAgainAt: Number.POSITIVE_INFINITY });
    const temporary = await find({ variables: { ...inEnvironment, AWS_SESSION_TOKEN: 'token' } });
    expect(temporary.found).toMatchObject({ secret: { ...envKey, sessionToken: 'token' } });
  });

  test('a Bedrock API key takes the place of a signature, but is sent to Amazon’s own addresses only', async () => {
    const variables = { ...inEnvironment, AWS_BEARER_TOKEN_BEDROCK: 'bedrock-key' };
    const token = { secret: { kind: 'api-key', token: 'bedrock-key' } };
    expect((await find({ variables })).found).toMatchObject(token);
    const own = 'https://vpce-0123.bedrock-runtime.us-east-1.vpce.amazonaws.com';
    expect((await find({ variables, endpoint: own })).found).toMatchObject(token);
    for (const endpoint of [
      'https://evil.example',
      'https://amazonaws.com.evil.example',
      'https://evil.example/amazonaws.com',
      'http://a.amazonaws.com',
      'https://evilamazonaws.com',
    ]) {
      expect((await find({ variables, endpoint })).found).toMatchObject({ secret: envKey });
    }
  });

  test('a profile that the account names counts for more', async () => {
    const files = { [credentialsFile]: keyFile('work', 'AKIAWORK') };
    expect((await find({ variables: inEnvironment, files, profile: 'work' })).found).toMatchObject({
      secret: keyOf('AKIAWORK'),
    });
  });
});

describe('the shared files', () => {
  test('are read again after a minute, because other tools write them', async () => {
    const files = { [credentialsFile]: `${keyFile('default', 'AKIA1')}aws_session_token=abc/+==\n` };
    expect((await find({ files })).found).toEqual({
      kind: 'found',
      secret: { ...keyOf('AKIA1'), sessionToken: 'abc/+==' },
      lookAgainAt: nowMs + 60_000,
    });
  });

  test('lie where the environment says, and hold the profile that it names', async () => {
    const variables = { AWS_PROFILE: 'ops', AWS_CONFIG_FILE: '/a', AWS_SHARED_CREDENTIALS_FILE: '/b' };
    const files = {
      '/a': `[profile ops]\nregion = x\n${keyFile('default', 'AKIADEF')}`,
      '/b': keyFile('ops', 'AKIAOPS'),
    };
    expect((await find({ variables, files })).found).toMatchObject({ secret: keyOf('AKIAOPS') });
    expect((await find({ variables: { ...variables, AWS_PROFILE: 'none' }, files })).found).toEqual({
      kind: 'missing',
      detail: 'AWS’s shared files have no profile none',
    });
  });

  test('comments, blanks, odd spacing and Windows line ends are read as AWS’s tools read them', () => {
    const text =
      '\ufeff# first\r\n[ profile  "my work" ] ; why\r\nAWS_Access_Key_ID=AKIA1 # mine\r\naws_secret_access_key = a#b;c==\r\ns3 =\r\n  region = nested\r\n\r\n[profile empty]\r\n';
    const profile = readSharedFiles(text, undefined).profile('my work');
    expect(Object.fromEntries(profile ?? [])).toEqual({
      aws_access_key_id: 'AKIA1',
      aws_secret_access_key: 'a#b;c==',
      s3: '',
    });
  });

  test('no text makes reading fail, and odd names are only names', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (config, credentials) => {
        expect(readSharedFiles(config, credentials).profile('__proto__')?.get('constructor')).toBeUndefined();
      }),
    );
  });
});

describe('roles', () => {
  const roleArn = 'arn:aws:iam::123456789012:role/Dev';
  const config = `[profile dev]\nrole_arn = ${roleArn}\nsource_profile = base\nexternal_id = x y\n`;
  const files = { [configFile]: config, [credentialsFile]: keyFile('base', 'AKIABASE') };

  test('are taken on with the key of the source profile, and again five minutes before they end', async () => {
    const { found, asked } = await find({ files, profile: 'dev', answer: () => stsAnswer });
    const expiresAt = Date.parse(soon);
    expect(found).toEqual({ kind: 'found', secret: roleKey, lookAgainAt: expiresAt - 300_000, expiresAt });
    expect(asked).toEqual([
      {
        url: 'https://sts.eu-central-1.amazonaws.com/',
        method: 'POST',
        headers: expect.objectContaining({
          authorization: expect.stringMatching(/Credential=AKIABASE\/20261123\/eu-central-1\/sts\/aws4_request/),
        }),
        body: `Action=AssumeRole&Version=2011-06-15&RoleArn=${encodeURIComponent(roleArn)}&RoleSessionName=waystation&ExternalId=x+y`,
      },
    ]);
  });

  test('a refusal is told by AWS’s own code', async () => {
    const answer = () => ({ status: 403, body: '<Error><Code>AccessDenied</Code><Message>secret?</Message></Error>' });
    expect((await find({ files, profile: 'dev', answer })).found).toEqual({
      kind: 'missing',
      detail: 'AWS did not let the profile’s role be taken on (AccessDenied)',
    });
  });

  test('a circle of profiles ends, also where one takes on a role with its own key', async () => {
    const circle = '[profile a]\nrole_arn = x\nsource_profile = b\n[profile b]\nrole_arn = y\nsource_profile = a\n';
    expect((await find({ files: { [configFile]: circle }, profile: 'a' })).found.kind).toBe('missing');
    const own = { [credentialsFile]: `${keyFile('me', 'AKIAME')}role_arn = x\nsource_profile = me\n` };
    const { found, asked } = await find({ files: own, profile: 'me', answer: () => stsAnswer });
    expect(found).toMatchObject({ secret: roleKey });
    expect(asked[0]?.headers['authorization']).toContain('AKIAME');
  });

  test('a web identity is enough, from a profile or from the environment', async () => {
    const identity = { '/token': 'eyJ.made.up\n' };
    const profiled = {
      ...identity,
      [configFile]: `[profile w]\nrole_arn = ${roleArn}\nweb_identity_token_file = /token`,
    };
    const variables = { AWS_WEB_IDENTITY_TOKEN_FILE: '/token', AWS_ROLE_ARN: roleArn, AWS_ROLE_SESSION_NAME: 'me' };
    for (const world of [
      { files: profiled, profile: 'w' },
      { files: identity, variables },
    ]) {
      const { found, asked } = await find({ ...world, answer: () => stsAnswer });
      expect(found).toMatchObject({ secret: roleKey });
      expect(asked[0]?.headers).not.toHaveProperty('authorization');
      expect(new URLSearchParams(asked[0]?.body).get('WebIdentityToken')).toBe('eyJ.made.up');
    }
  });
});

describe('aws sso login', () => {
  const files = (expiresAt: string): Record<string, string> => ({
    [configFile]: `[sso-session corp]\nsso_region = us-west-2\nsso_start_url = https://corp.awsapps.com/start
[profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev
[profile old]\nsso_start_url = https://old.awsapps.com/start\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = R`,
    [cached('corp')]: JSON.stringify({ accessToken: 'sso-token', expiresAt }),
    [cached('https://old.awsapps.com/start')]: JSON.stringify({ accessToken: 'old-token', expiresAt }),
  });
  const cached = (key: string) => {
    return join(homeDir, '.aws', 'sso', 'cache', `${createHash('sha1').update(key).digest('hex')}.json`);
  };
  const roleCredentials = {
    accessKeyId: 'ASIASSO',
    secretAccessKey: 's',
    sessionToken: 't',
    expiration: nowMs + 120_000,
  };
  const answer = () => ({ body: JSON.stringify({ roleCredentials }) });

  test.each([
    ['sso', 'https://portal.sso.us-west-2.amazonaws.com/federation/credentials?role_name=Dev&account_id=123456789012'],
    ['old', 'https://portal.sso.us-east-1.amazonaws.com/federation/credentials?role_name=R&account_id=1'],
  ])('a sign-in that lasts is exchanged for the role of profile %s', async (profile, url) => {
    const { found, asked } = await find({ files: files(soon), profile, answer });
    expect(found).toMatchObject({ secret: { accessKeyId: 'ASIASSO', sessionToken: 't' }, expiresAt: nowMs + 120_000 });
    expect(asked.map((request) => request.url)).toEqual([url]);
    // What hardly lasts is not fetched with every call.
    expect(found.kind === 'found' && found.lookAgainAt).toBe(nowMs + 60_000);
  });

  test('one that is over says what to run, and nobody is asked', async () => {
    for (const world of [files(new Date(nowMs - 1).toISOString()), { [configFile]: files(soon)[configFile] ?? '' }]) {
      const { found, asked } = await find({ files: world, profile: 'sso' });
      expect(found).toEqual({
        kind: 'missing',
        detail: 'the sign-in of AWS profile sso is over; run: aws sso login --profile sso',
      });
      expect(asked).toEqual([]);
    }
  });

  test('an answer without a credential names the status', async () => {
    const refused = await find({ files: files(soon), profile: 'sso', answer: () => ({ status: 401, body: '<html>' }) });
    expect(refused.found).toMatchObject({ kind: 'missing', detail: expect.stringContaining('HTTP 401') });
  });
});

test.each([
  ['[profile p]\ncredential_process = /usr/bin/evil', /would run a program/],
  ['[profile p]\nlogin_session = arn', /aws login/],
  ['[profile p]\nregion = x', /has no credential/],
  ['[profile p]\nrole_arn = x\nmfa_serial = y\nsource_profile = q', /asks for a code/],
  ['[profile p]\nrole_arn = x\ncredential_source = Ec2InstanceMetadata', /source that Waystation does not use/],
])('%j cannot be used, and says why', async (text, detail) => {
  const { found, asked } = await find({ files: { [configFile]: text }, profile: 'p' });
  expect(found).toEqual({ kind: 'missing', detail: expect.stringMatching(detail) });
  expect(asked).toEqual([]);
});

test('nothing anywhere is said in one sentence', async () => {
  expect((await find({})).found).toEqual({
    kind: 'missing',
    detail: 'there are no AWS credentials in the environment or in AWS’s shared files',
  });
});

test('it is chosen by one pasted line', () => {
  expect(secretFromText('default-chain')).toEqual({ kind: 'default-chain' });
  expect(secretFromText('default-chain:my-work')).toEqual({ kind: 'default-chain', profile: 'my-work' });
});
