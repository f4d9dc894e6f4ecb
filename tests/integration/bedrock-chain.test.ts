import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../app/domain/clock.ts';
import { FakeBedrock } from '../support/fake-bedrock/fake-bedrock.ts';
import { FakeSts } from '../support/fake-sts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { hello, TestApp } from '../support/test-app.ts';

const secret = 'madeUpSecretMadeUpSecretMadeUpSecretMade';
const hourMs = 3_600_000;

let fake: FakeBedrock;
let sts: FakeSts;
let folder: string;
/** How far the relay's clock, and everybody's, has been moved. */
let laterMs: number;
const clock = { ...systemClock, now: () => Date.now() + laterMs };

beforeEach(async () => {
  laterMs = 0;
  folder = temporaryFolder();
  sts = await FakeSts.start(secret);
  fake = await FakeBedrock.start({
    accessKeys: { AKIAFILE: secret, AKIANEW: secret, AKIAENV: secret, ASIAONE: secret, ASIATWO: secret },
    sessionTokens: { ASIAONE: 'ASIAONE', ASIATWO: 'ASIATWO' },
    now: () => clock.now(),
  });
});

afterEach(async () => {
  await Promise.all([fake.close(), sts[Symbol.asyncDispose]()]);
});

interface Setup {
  readonly secretText?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly allowLocalUpstream?: boolean;
}

async function start({ secretText = 'default-chain', variables = {}, allowLocalUpstream = true }: Setup = {}) {
  const files = { AWS_CONFIG_FILE: join(folder, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials') };
  const surroundings = {
    variables: { ...files, AWS_ENDPOINT_URL_STS: sts.url, ...variables },
    homeDir: folder,
  };
  const relay = await TestApp.start({ upstreams: 0, config: { surroundings }, ports: { clock } });
  await relay.app.parts.accountRepository.create({
    name: 'bedrock',
    provider: 'bedrock',
    settings: { region: 'us-east-1', endpoint: allowLocalUpstream ? fake.url : 'https://bedrock.example' },
    secretText,
    allowLocalUpstream,
  });
  await relay.app.parts.accounts.reload();
  return relay;
}

function write(file: 'config' | 'credentials', text: string): void {
  writeFileSync(join(folder, file), text);
}

function keyFile(name: string, id: string): string {
  return `[${name}]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`;
}

/** The key id that signed each request so far. */
function signers(): (string | undefined)[] {
  return fake.seen.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1]);
}

const role = '[profile dev]\nrole_arn = arn:aws:iam::1:role/Dev\nsource_profile = base\n';

test('keys from the environment sign, and are not stored', async () => {
  await using relay = await start({ variables: { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: secret } });
  expect((await relay.messages(hello)).status).toBe(200);
  expect(signers()).toEqual(['AKIAENV']);
  const { accountRepository, accounts } = relay.app.parts;
  const id = accounts.all()[0]?.account.id ?? '';
  expect(await accountRepository.openSecret(id)).toEqual({ kind: 'default-chain' });
});

test('a key that another tool replaced in the file is used from the next minute on', async () => {
  write('credentials', keyFile('default', 'AKIAFILE'));
  await using relay = await start();
  await relay.messages();
  write('credentials', keyFile('default', 'AKIANEW'));
  await relay.messages();
  laterMs = 61_000;
  await relay.messages();
  expect(signers()).toEqual(['AKIAFILE', 'AKIAFILE', 'AKIANEW']);
});

test('A06 401-once: a key that AWS does not take any more is read anew at once', async () => {
  write('credentials', keyFile('default', 'AKIAFILE'));
  await using relay = await start();
  await relay.messages();
  write('credentials', keyFile('default', 'AKIANEW'));
  fake.refuse({ status: 403, type: 'ExpiredTokenException', message: 'The security token included is expired' });
  expect((await relay.messages()).status).toBe(200);
  expect(signers()).toEqual(['AKIAFILE', 'AKIAFILE', 'AKIANEW']);
});

describe('a role of a profile', () => {
  beforeEach(() => {
    write('config', role);
    write('credentials', keyFile('base', 'AKIAFILE'));
    sts.gives = { accessKeyId: 'ASIAONE', expiresAt: Date.now() + hourMs };
  });

  test('A01 refresh-stampede: a hundred calls at once ask for it once', async () => {
    await using relay = await start({ secretText: 'default-chain:dev' });
    const replies = await Promise.all(Array.from({ length: 100 }, () => relay.messages()));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect(sts.asked).toHaveLength(1);
    expect(new Set(signers())).toEqual(new Set(['ASIAONE']));
  });

  test('is taken on again five minutes before it ends', async () => {
    await using relay = await start({ secretText: 'default-chain:dev' });
    await relay.messages();
    sts.gives = { accessKeyId: 'ASIATWO', expiresAt: Date.now() + 2 * hourMs };
    laterMs = hourMs - 301_000;
    await relay.messages();
    laterMs = hourMs - 299_000;
    await relay.messages();
    expect(signers()).toEqual(['ASIAONE', 'ASIAONE', 'ASIATWO']);
  });

  test('A03 refresh-429: while it cannot be renewed, the old one serves until it ends, asked for at most twice a minute', async () => {
    await using relay = await start({ secretText: 'default-chain:dev' });
    await relay.messages();
    sts.gives = undefined;
    laterMs = hourMs - 299_000;
    for (let count = 0; count < 3; count += 1) expect((await relay.messages()).status).toBe(200);
    expect(sts.asked).toHaveLength(2);
    laterMs = hourMs + 1_000;
    const reply = await relay.messages();
    expect(reply.status).toBe(502);
    expect(signers()).toHaveLength(4);
    const [, , , , row] = await relay.rows();
    expect(row?.attempts[0]?.detail).toMatch(/role be taken on \(ExpiredTokenException\)/);
  });

  test('serves again by itself once somebody has signed in', async () => {
    sts.gives = undefined;
    await using relay = await start({ secretText: 'default-chain:dev' });
    expect((await relay.messages()).status).toBe(502);
    expect(relay.app.parts.accounts.all()[0]?.health.state).not.toBe('needs-sign-in');
    sts.gives = { accessKeyId: 'ASIAONE', expiresAt: Date.now() + hourMs };
    expect((await relay.messages()).status).toBe(200);
  });

  test('A17 ssrf-config: its service is asked by the same checked way as the upstream', async () => {
    await using relay = await start({ secretText: 'default-chain:dev', allowLocalUpstream: false });
    expect((await relay.messages()).status).toBe(502);
    expect(sts.asked).toEqual([]);
  });
});

test('what is missing is said to the owner, and the client hears nothing of it', async () => {
  await using relay = await start({ secretText: 'default-chain:nobody' });
  const reply = await relay.messages();
  expect([reply.status, reply.text.includes('nobody')]).toEqual([502, false]);
  const [row] = await relay.rows();
  expect(row?.attempts.at(-1)?.detail).toBe('connect: AWS’s shared files have no profile nobody');
});
