import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { adminRoot } from '../../app/server/admin/contract.ts';
import { card, writeCcSwitch, writeExport, writeRouterConfig } from '../support/foreign-data.ts';
import { LanClient } from '../support/lan-client.ts';
import { asOwner } from '../support/me-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { TestApp } from '../support/test-app.ts';
import { run, runJson } from './cli-run.ts';

const canary = 'made-up-canary-secret';
const bearer = (name: string, baseUrl: string, secret = canary) =>
  card.claude(name, { ANTHROPIC_BASE_URL: baseUrl, ANTHROPIC_AUTH_TOKEN: secret });

function computer() {
  const home = temporaryFolder();
  const file = writeCcSwitch(home, [
    bearer('work', 'https://relay.example/api'),
    bearer('work again', 'https://relay.example/api'),
    bearer('local', 'http://127.0.0.1:11434', `${canary}-2`),
    card.claude('Claude Official', {}),
    card.gemini('work', { GEMINI_API_KEY: `${canary}-3` }),
  ]);
  return { home, file, options: { dataDir: join(home, 'data'), env: { HOME: home } } };
}

describe('on the command line', () => {
  test('a dry run shows a table of what would be taken, writes nothing and tells no secret', async () => {
    const { options, file } = computer();
    const { exitCode, stdout, stderr } = await run(['import', 'cc-switch', '--dry-run'], { ...options, columns: 160 });
    expect([exitCode, stdout + stderr]).toEqual([0, expect.not.stringContaining(canary)]);
    expect(
      stripVTControlCharacters(stdout)
        .split('\n')
        .map((line) => line.trimEnd()),
    ).toEqual([
      file,
      '',
      expect.stringMatching(/^NAME +AS +ADDRESS +SECRET +TAKEN$/),
      expect.stringMatching(/^work +claude-console +https:\/\/relay.example\/api +yes +yes$/),
      expect.stringMatching(/^work again +claude-console .+ no: the same as one above$/),
      expect.stringMatching(/^local +claude-console +http:\/\/127.0.0.1:11434 +yes +with --allow-local-upstream$/),
      expect.stringMatching(/^Claude Official +account +- +no +no: a login: sign in to it here$/),
      expect.stringMatching(/^work +gemini +https:\/\/generativelanguage.googleapis.com +yes +yes$/),
      '',
      '3 of 5 can be taken.',
      '',
    ]);
    expect(await runJson(['account', 'list'], options)).toEqual([]);
  });

  test('agreed to, accounts are made like any other: sealed, recorded, under free names; a second time they are there', async () => {
    const { options } = computer();
    const taken = await runJson(['import', 'cc-switch', '--yes'], options);
    expect(taken).toMatchObject({ imported: [{ name: 'work' }, { name: 'work 2' }], left: [] });
    expect(await runJson(['account', 'list'], options)).toMatchObject([
      { name: 'work', provider: 'claude-console', settings: { baseUrl: 'https://relay.example/api' }, hasSecret: true },
      { name: 'work 2', provider: 'gemini', hasSecret: true, allowLocalUpstream: false },
    ]);
    expect(readFileSync(join(options.dataDir, 'waystation.sqlite')).includes(canary)).toBe(false);

    const again = await runJson(['import', 'cc-switch', '--dry-run'], options);
    expect(again).toMatchObject({
      entries: [
        { name: 'work', reason: 'already-there' },
        { name: 'work again', reason: 'already-there' },
        { name: 'local', reason: null, isLocal: true },
        { name: 'Claude Official', reason: 'subscription' },
        { name: 'work', reason: 'already-there' },
      ],
    });
    const local = await runJson(['import', 'cc-switch', '--yes', '--allow-local-upstream'], options);
    expect(local).toMatchObject({ imported: [{ name: 'local' }] });
    expect(await runJson(['account', 'show', 'local'], options)).toMatchObject({ allowLocalUpstream: true });
  });

  test('nobody is there to agree: nothing is taken', async () => {
    const { options } = computer();
    const { exitCode, stderr } = await run(['import', 'cc-switch'], options);
    expect([exitCode === 0, stderr]).toEqual([false, expect.stringMatching(/agree with --yes/)]);
    expect(await runJson(['account', 'list'], options)).toEqual([]);
  });

  test.each([
    [['import'], /argument|Name a program|PROGRAM/],
    [['import', 'something'], /Name a program/],
    [['import', 'claude-relay-service'], /Name the file/],
    [['import', 'claude-code-router', '--dry-run'], /Nothing of claude-code-router was found/],
    [['import', 'cc-switch', '/nowhere/x.db', '--dry-run'], /is not there/],
  ])('%s says what is missing', async (words, message) => {
    const { options } = computer();
    const { exitCode, stdout, stderr } = await run(words, options);
    expect([exitCode === 0, stdout + stderr]).toEqual([false, expect.stringMatching(message)]);
  });

  test('keys of claude-relay-service go on working where their secret is known, with their limits', async () => {
    const { home, options } = computer();
    const secret = 'cr_made-up-0123456789abcdef';
    const file = writeExport(home, {
      metadata: { sanitized: false },
      data: {
        apiKeys: [
          { id: 'k1', name: 'ci', apiKey: secret, isActive: 'false', dailyCostLimit: '2' },
          { id: 'k2', name: 'digest', apiKey: 'ab'.repeat(32) },
        ],
      },
    });
    const taken = await runJson(['import', 'claude-relay-service', file, '--yes'], options);
    expect(taken).toMatchObject({ imported: [{ kind: 'key', name: 'ci' }] });
    expect(await runJson(['key', 'list'], options)).toMatchObject([
      { name: 'ci', isImported: true, isEnabled: false, limits: [{ measure: 'cost', amount: 2_000_000_000 }] },
    ]);
    expect(await runJson(['import', 'claude-relay-service', file, '--dry-run'], options)).toMatchObject({
      entries: [
        { name: 'ci', kind: 'key', reason: 'already-there' },
        { name: 'digest', kind: 'key', hasSecret: false, reason: 'hashed' },
      ],
    });
  });
});

describe('in the running relay', () => {
  const config = (home: string) => ({ computer: { home, platform: process.platform, env: {} } });

  test('what is found is counted, our own address is no account, and the change is recorded without a secret', async () => {
    const home = temporaryFolder();
    await using relay = await TestApp.start({ upstreams: 0, config: config(home) });
    writeCcSwitch(home, [
      bearer('one', 'https://relay.example'),
      bearer('us', `http://localhost:${relay.port}`, 'made-up-x'),
    ]);
    const found = await asOwner(relay, 'GET', '/found-data');
    expect(found.json()).toMatchObject([{ kind: 'cc-switch', accounts: 1, keys: 0, left: 1 }]);
    const plan = await asOwner(relay, 'POST', '/imports/plan', { kind: 'cc-switch' });
    expect(plan.json()).toMatchObject({
      entries: [
        { name: 'one', reason: null },
        { name: 'us', reason: 'this-relay' },
      ],
    });
    const ref = 'claude/card-0';
    const taken = await asOwner(relay, 'POST', '/imports', { kind: 'cc-switch', entries: [ref] });
    expect(taken.json()).toMatchObject({ imported: [{ ref, kind: 'account', name: 'one' }], left: [] });
    const audit = await asOwner(relay, 'GET', '/audit');
    expect(audit.text).toContain('importData');
    for (const { text } of [found, plan, taken, audit]) expect(text).not.toContain(canary);
  });

  test('a file that is none of it is a problem of that program alone', async () => {
    const home = temporaryFolder();
    await using relay = await TestApp.start({ upstreams: 0, config: config(home) });
    writeCcSwitch(home, []);
    writeRouterConfig(home, 'nothing of it');
    expect((await asOwner(relay, 'GET', '/found-data')).json()).toMatchObject([
      { kind: 'cc-switch', accounts: 0 },
      { kind: 'claude-code-router', problem: expect.stringMatching(/no list of providers/) },
    ]);
  });

  test('whoever sits at another computer is told nothing of it', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    const lan = await LanClient.share(relay);
    await asOwner(relay, 'PATCH', '/settings/admin.lan', { value: { isOn: true } });
    const asked = await lan.send('GET', `${adminRoot}/found-data`, {});
    expect(asked.status).toBe(401);
  });
});
