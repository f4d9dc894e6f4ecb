import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AccountDirectory } from '../../app/accounts/directory.ts';
import { newHealth } from '../../app/accounts/health.ts';
import { AccountRepository, type OpenedCredential } from '../../app/accounts/repository.ts';
import { RelayError } from '../../app/domain/errors.ts';
import { providers } from '../../app/providers/index.ts';
import { openVault } from '../../app/secrets/open.ts';
import { SecretUnreadable, type Vault } from '../../app/secrets/vault.ts';
import { type ManualClock, manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { openStore } from '../../app/store/open.ts';
import { SettingsRepository } from '../../app/store/settings.ts';
import type { Store } from '../../app/store/store.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { createFolder } from '../support/temporary-folder.ts';

interface Opened {
  readonly store: Store;
  remove(): Promise<void>;
}

describe('accounts on SQLite', () => {
  defineContract(async () => ({
    store: await openStore({ engine: 'sqlite', file: ':memory:' }),
    remove: () => Promise.resolve(),
  }));
});

suiteThatNeeds(await missingPostgres(), 'accounts on PostgreSQL', () => {
  defineContract(async () => {
    const database = await createTestDatabase();
    return { store: await openStore({ engine: 'postgres', url: database.url }), remove: database.drop };
  });
});

const secretText = 'sk-ant-api03-canary-1f0e2d';
const work = { name: 'work', provider: 'anthropic', secretText } as const;
const elsewhere = { name: 'other', provider: 'claude-console', secretText } as const;
const limitedFor = (retryAfterMs: number) =>
  ({ kind: 'fault', fault: { kind: 'rate-limited', scope: 'account', retryAfterMs }, model: 'm' }) as const;

function defineContract(open: () => Promise<Opened>): void {
  const { folder, remove: removeFolder } = createFolder();
  let opened: Opened;
  let store: Store;
  let vault: Vault;
  let clock: ManualClock;
  let accounts: AccountRepository;
  const openDirectory = () => AccountDirectory.open(accounts, providers, clock);

  beforeAll(async () => {
    opened = await open();
    store = opened.store;
    const markers = new SettingsRepository(store);
    vault = await openVault({ backend: 'key-file', folder, markers, warn: () => undefined });
    clock = manualClock();
    accounts = new AccountRepository(store, vault, providers, clock);
  });
  afterEach(async () => {
    for (const { id } of await accounts.list()) await accounts.remove(id);
  });
  afterAll(async () => {
    await store.close();
    await opened.remove();
    await removeFolder();
  });

  describe('storing', () => {
    test('makes an account with sensible defaults and finds it again', async () => {
      const made = await accounts.create(work);
      expect(made).toEqual({
        id: expect.stringMatching(/^acc_[0-9a-z]{29}$/),
        name: 'work',
        provider: 'anthropic',
        settings: {},
        hasSecret: true,
        secretRevision: 0,
        isShared: false,
        hasProxy: false,
        allowLocalUpstream: false,
        priority: 50,
        weight: 10,
        isEnabled: true,
        models: [],
        modelMap: {},
        care: { sharing: 'shared', stopAt: {} },
        createdAt: clock.now(),
        updatedAt: clock.now(),
      });
      expect(await accounts.find(made.id)).toEqual(made);
      expect(await accounts.findByName('work')).toEqual(made);
      expect(await accounts.list()).toEqual([made]);
      expect(await accounts.find('acc_none')).toBeUndefined();
    });

    test('keeps every field, of any model name', async () => {
      const modelMap = { 'claude-opus-*': 'big', constructor: 'small', 'modèle 漢字': 'x' };
      const input = {
        ...elsewhere,
        settings: { baseUrl: 'https://relay.example.com/claude', auth: 'bearer' },
        proxy: 'socks5://user:p%40ss@127.0.0.1:1080',
        priority: 1,
        weight: 100,
        models: ['claude-*', '漢字'],
        modelMap,
      };
      const made = await accounts.create(input);
      const { secretText: _, proxy, ...shown } = input;
      expect(await accounts.find(made.id)).toMatchObject({ ...shown, hasSecret: true, hasProxy: true });
      expect(await accounts.openCredential(made.id)).toEqual({
        secret: { apiKey: secretText },
        proxy,
        origin: 'https://relay.example.com',
        revision: 0,
      });
    });

    test('changes what is named and nothing else, and always says that it did', async () => {
      const made = await accounts.create({ ...work, proxy: 'http://proxy.example.com:3128' });
      const paused = await accounts.update(made.id, { isEnabled: false });
      expect(paused).toEqual({ ...made, isEnabled: false, updatedAt: made.updatedAt + 1 });
      const renamed = await accounts.update(made.id, { name: 'home', proxy: null });
      expect(renamed).toEqual({ ...paused, name: 'home', hasProxy: false, updatedAt: made.updatedAt + 2 });
      expect(await accounts.update('acc_none', { name: 'x' })).toBeUndefined();
    });

    test('removes an account with its health', async () => {
      const { id } = await accounts.create(work);
      await store.write([accounts.healthStatement(id, newHealth(clock.now()))]);
      expect(await accounts.remove(id)).toBe(true);
      expect(await accounts.remove(id)).toBe(false);
      expect(await accounts.loadHealth()).toEqual(new Map());
    });

    test('gives a name once, also to two who ask at the same time', async () => {
      const outcomes = await Promise.allSettled([accounts.create(work), accounts.create(work), accounts.create(work)]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
      const other = await accounts.create({ ...work, name: 'other' });
      await expect(accounts.update(other.id, { name: ' work ' })).rejects.toThrow('another account has this name');
      expect(await accounts.update(other.id, { name: 'other' })).toMatchObject({ name: 'other' });
    });

    test('leaves health that it cannot read alone', async () => {
      const { id } = await accounts.create(work);
      await store.db
        .insertInto('account_health')
        .values({ account_id: id, health: '{"state":"x"', changed_at: 1 })
        .execute();
      expect(await accounts.loadHealth()).toEqual(new Map());
      expect((await openDirectory()).get(id)?.health.state).toBe('active');
    });
  });

  describe('refusing', () => {
    /** The sentence of the refusal. */
    test('names everything that is wrong in one sentence, and no secret', async () => {
      await accounts.create(work);
      const refusal = await refusalOf(
        accounts.create({
          name: 'work',
          provider: 'claude-console',
          settings: { baseUrl: 'nowhere', auth: 'basic', extra: 1 },
          secretText: `${secretText} two words`,
          proxy: `gopher://user:${secretText}@proxy.example.com`,
          priority: 0,
          weight: 1.5,
          models: [''],
        }),
      );
      expect(refusal).toMatchInlineSnapshot(
        `"The account was not saved: proxy must be an address such as socks5://127.0.0.1:1080 or http://user:password@host:3128; priority must be from 1 to 100; weight must be a whole number from 1 to 100; models.0 must not be empty; another account has this name; settings.baseUrl: Give a whole address, such as https://api.example.com or https://api.example.com/claude; settings.auth: Choose x-api-key or bearer; settings.extra is not a field of this account; the credential apiKey: The API key has a blank or another character that no key has. Paste the key alone, in one line."`,
      );
      expect(refusal).not.toContain('canary');
    });

    test.each([
      [{ ...work, provider: 'gopher' }, 'provider must be one of: anthropic, claude-console, anthropic-passthrough'],
      [{ name: 'x', provider: 'anthropic' }, 'Anthropic API key needs a credential'],
      [{ ...work, secretText: '  ' }, 'secretText must not be empty'],
      [{ ...work, provider: 'anthropic-passthrough' }, 'keeps no credential; leave it out'],
      [{ ...work, name: '  ' }, 'name must not be empty'],
      [{ ...work, admin: true }, 'admin is not a field of this account'],
      [{ ...work, proxy: 'proxy.example.com:3128' }, 'proxy must be an address'],
      [{ ...work, proxy: 'socks4://proxy.example.com' }, 'proxy must be an address'],
      [{ ...work, proxy: 'http://' }, 'proxy must be an address'],
      [{ ...work, proxy: 'http://%zz@proxy.example.com' }, 'proxy must be an address'],
      [{ ...work, proxy: 'http://proxy.example.com/path' }, 'proxy must be an address'],
    ])('refuses %o', async (input, sentence) => {
      expect(await refusalOf(accounts.create(input))).toContain(sentence);
      expect(await accounts.list()).toEqual([]);
    });

    test.each(['http://127.0.0.1:8080', 'http://0x7f000001:8080', 'http://[::ffff:192.168.1.1]', 'http://localhost'])(
      'A17 ssrf-config: %s needs the owner’s explicit word, and keeps needing it',
      async (baseUrl) => {
        const input = { ...elsewhere, settings: { baseUrl } };
        expect(await refusalOf(accounts.create(input))).toContain('--allow-local-upstream');
        const made = await accounts.create({ ...input, allowLocalUpstream: true });
        expect(made.allowLocalUpstream).toBe(true);
        expect(await refusalOf(accounts.update(made.id, { allowLocalUpstream: false }))).toContain(
          '--allow-local-upstream',
        );
        expect(await accounts.update(made.id, { isEnabled: false })).toMatchObject({ allowLocalUpstream: true });
      },
    );

    test.each([
      'http://169.254.169.254',
      'http://metadata.google.internal',
      'http://0.0.0.0',
      'http://[fd00:ec2::254]',
    ])('A17 ssrf-config: %s is refused whatever the owner says', async (baseUrl) => {
      const input = { ...elsewhere, settings: { baseUrl }, allowLocalUpstream: true };
      expect(await refusalOf(accounts.create(input))).toContain('The account was not saved');
      const made = await accounts.create({ ...input, settings: { baseUrl: 'https://relay.example.com' } });
      await refusalOf(accounts.update(made.id, { settings: { baseUrl }, secretText }));
      expect(await accounts.find(made.id)).toEqual(made);
    });

    test.each(['http://169.254.169.254:80', 'socks5://metadata.google.internal', 'https://[fd00:ec2::254]:443'])(
      'A17 ssrf-config: no proxy is at %s',
      async (proxy) => {
        expect(await refusalOf(accounts.create({ ...work, proxy }))).toContain('proxy must be an address');
        expect(await accounts.create({ ...work, proxy: 'socks5h://127.0.0.1:1080' })).toMatchObject({ hasProxy: true });
      },
    );

    test('A16 upstream-origin: another address needs the credential again', async () => {
      const made = await accounts.create({ ...elsewhere, settings: { baseUrl: 'https://relay.example.com/one' } });
      for (const baseUrl of [
        'https://evil.example.com',
        'http://relay.example.com',
        'https://relay.example.com:8443',
      ]) {
        expect(await refusalOf(accounts.update(made.id, { settings: { baseUrl } }))).toContain(
          'give the credential again with the new address',
        );
      }
      expect(await accounts.find(made.id)).toEqual(made);
      const samePlace = await accounts.update(made.id, { settings: { baseUrl: 'https://relay.example.com/two' } });
      expect(samePlace).toMatchObject({ settings: { baseUrl: 'https://relay.example.com/two' } });
      await accounts.update(made.id, { settings: { baseUrl: 'https://new.example.com' }, secretText: 'sk-ant-new' });
      expect(await accounts.openCredential(made.id)).toMatchObject({
        secret: { apiKey: 'sk-ant-new' },
        origin: 'https://new.example.com',
      });
    });
  });

  describe('sign-ins', () => {
    const subscription = { name: 'max', provider: 'claude-subscription' } as const;
    const first = { accessToken: 'access-canary-1', refreshToken: 'refresh-canary-1', expiresAt: 1 };
    const second = { accessToken: 'access-canary-2', refreshToken: 'refresh-canary-2', expiresAt: 2 };
    const profile = { plan: 'Max', email: 'j•••@example.com' };

    test('make an account with who signed in, and without its terms accepted', async () => {
      const made = await accounts.create(subscription, { secret: first, signIn: { kind: 'browser', profile } });
      expect(made).toMatchObject({ signIn: { kind: 'browser', profile }, termsAcceptedAt: undefined, isShared: false });
      expect(await accounts.find(made.id)).toEqual(made);
      expect(await accounts.openCredential(made.id)).toMatchObject({ secret: first, revision: 0 });
      const row = await store.db.selectFrom('accounts').selectAll().where('id', '=', made.id).executeTakeFirst();
      expect(JSON.stringify(row)).not.toContain('canary');
    });

    test('again replace the secret, and end what was held against the old one', async () => {
      const { id } = await accounts.create(subscription, { secret: first, signIn: { kind: 'browser', profile } });
      const reason = { kind: 'sign-in-ended', detail: 'It has ended.' } as const;
      const ended = { ...newHealth(clock.now()), state: 'needs-sign-in', reason } as const;
      await store.write([accounts.healthStatement(id, ended)]);
      clock.advance(5);
      const again = await accounts.signIn(id, { secret: second, signIn: { kind: 'setup-token' } });
      expect(again).toMatchObject({ signIn: { kind: 'setup-token' }, secretRevision: 1 });
      expect(await accounts.openSecret(id)).toEqual(second);
      expect((await accounts.loadHealth()).get(id)).toEqual(newHealth(clock.now()));
      expect(await accounts.signIn('acc_none', { secret: second, signIn: { kind: 'browser' } })).toBeUndefined();
    });

    test('are renewed only from the secret that is there', async () => {
      const { id } = await accounts.create(subscription, { secret: first, signIn: { kind: 'browser' } });
      const before = await accounts.revision();
      expect(await accounts.renewSecret(id, { secret: second, from: 0 })).toBe(true);
      expect(await accounts.revision()).not.toBe(before);
      expect(await accounts.renewSecret(id, { secret: first, from: 0 })).toBe(false);
      expect(await accounts.openCredential(id)).toMatchObject({ secret: second, revision: 1 });
      expect(await accounts.renewSecret('acc_none', { secret: first, from: 0 })).toBe(false);
    });

    test('that are renewed at once are stored once', async () => {
      const { id } = await accounts.create(subscription, { secret: first, signIn: { kind: 'browser' } });
      const tries = Array.from({ length: 10 }, (_, index) =>
        accounts.renewSecret(id, { secret: { accessToken: `access-${index}` }, from: 0 }),
      );
      expect((await Promise.all(tries)).filter((isMine) => isMine)).toHaveLength(1);
      expect(await accounts.find(id)).toMatchObject({ secretRevision: 1 });
    });

    test('give way to a credential that is entered, with its own revision', async () => {
      const { id } = await accounts.create(subscription, { secret: first, signIn: { kind: 'browser' } });
      await accounts.update(id, { secretText: 'sk-ant-oat01-x' });
      expect(await accounts.find(id)).toMatchObject({ signIn: undefined, secretRevision: 1 });
      expect(await accounts.renewSecret(id, { secret: second, from: 0 })).toBe(false);
      await accounts.update(id, { priority: 3 });
      expect(await accounts.find(id)).toMatchObject({ secretRevision: 1 });
    });

    test('have terms that are accepted and taken back, and are shared by a second word', async () => {
      const { id } = await accounts.create({ ...subscription, secretText: 'sk-ant-oat01-x', acceptTerms: true });
      expect(await accounts.find(id)).toMatchObject({ termsAcceptedAt: clock.now(), isShared: false });
      await accounts.update(id, { isShared: true });
      expect(await accounts.find(id)).toMatchObject({ termsAcceptedAt: clock.now(), isShared: true });
      await accounts.update(id, { acceptTerms: false, isShared: false });
      expect(await accounts.find(id)).toMatchObject({ termsAcceptedAt: undefined, isShared: false });
    });

    test('have terms where other accounts have none', async () => {
      expect(await refusalOf(accounts.create({ ...work, acceptTerms: true }))).toContain('no terms to accept');
      const { id } = await accounts.create(work);
      expect(await refusalOf(accounts.update(id, { isShared: true }))).toContain('needs no word to be shared');
    });

    test('are checked before anybody is sent to a browser', async () => {
      await accounts.check(subscription);
      await accounts.create(work);
      expect(await refusalOf(accounts.check({ ...subscription, name: 'work', priority: 0 }))).toMatch(
        /priority must be from 1 to 100; another account has this name/,
      );
      expect(await accounts.list()).toHaveLength(1);
    });
  });

  describe('secrets', () => {
    test('are sealed, each in its own place', async () => {
      const { id } = await accounts.create({ ...work, proxy: `http://user:${secretText}@proxy.example.com` });
      const row = await store.db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
      expect(JSON.stringify(row)).not.toContain('canary');
      expect(vault.open({ table: 'accounts', row: id, column: 'secret' }, row.secret ?? '')).toContain(secretText);
      expect(vault.open({ table: 'accounts', row: id, column: 'proxy' }, row.proxy ?? '')).toContain(secretText);
    });

    test('of another account or column do not open', async () => {
      const [one, other] = [await accounts.create(work), await accounts.create({ ...work, name: 'other' })];
      const { secret } = await store.db
        .selectFrom('accounts')
        .select('secret')
        .where('id', '=', one.id)
        .executeTakeFirstOrThrow();
      await store.db.updateTable('accounts').set({ secret }).where('id', '=', other.id).execute();
      await store.db.updateTable('accounts').set({ proxy: secret }).where('id', '=', one.id).execute();
      await expect(accounts.openSecret(other.id)).rejects.toThrow(SecretUnreadable);
      await expect(accounts.openProxy(one.id)).rejects.toThrow(SecretUnreadable);
    });

    test('A16 upstream-origin: an address that was changed in the database gets no credential', async () => {
      const { id } = await accounts.create({ ...elsewhere, settings: { baseUrl: 'https://relay.example.com' } });
      const settings = JSON.stringify({ baseUrl: 'https://evil.example.com' });
      await store.db.updateTable('accounts').set({ settings }).where('id', '=', id).execute();
      await expect(accounts.openCredential(id)).rejects.toThrow(SecretUnreadable);
    });

    test('that are gone, or of an account that is gone, cannot be read', async () => {
      const { id } = await accounts.create(work);
      await store.db.updateTable('accounts').set({ secret: null }).where('id', '=', id).execute();
      await expect(accounts.openSecret(id)).rejects.toThrow(SecretUnreadable);
      await expect(accounts.openSecret('acc_none')).rejects.toThrow(SecretUnreadable);
    });

    test('are not missed where none is kept', async () => {
      const { id } = await accounts.create({ name: 'mine', provider: 'anthropic-passthrough' });
      expect(await accounts.openCredential(id)).toEqual({
        secret: undefined,
        proxy: undefined,
        origin: 'https://api.anthropic.com',
        revision: 0,
      } satisfies OpenedCredential);
    });

    test('that are new end what was held against the old one', async () => {
      const { id } = await accounts.create(work);
      await store.write([
        accounts.healthStatement(id, {
          ...newHealth(clock.now()),
          state: 'needs-sign-in',
          reason: { kind: 'credential-rejected' },
        }),
      ]);
      clock.advance(5);
      await accounts.update(id, { secretText: 'sk-ant-new' });
      expect((await accounts.loadHealth()).get(id)).toEqual(newHealth(clock.now()));
    });
  });

  describe('the directory', () => {
    test('shows accounts by protocol, in the order of their making, and follows changes', async () => {
      const one = await accounts.create(work);
      clock.advance(1);
      const other = await accounts.create({ ...work, name: 'other' });
      const directory = await openDirectory();
      const ids = () => directory.views('messages').map(({ account }) => account.id);
      expect(ids()).toEqual([one.id, other.id]);
      await directory.take(one.id);
      await accounts.update(one.id, { weight: 3 });
      await accounts.remove(other.id);
      await directory.poll();
      expect(ids()).toEqual([one.id]);
      expect(directory.get(one.id)).toMatchObject({ inFlight: 1, account: { weight: 3 } });
      expect(directory.get(other.id)).toBeUndefined();
    });

    test('asks for a revision only when nothing changed', async () => {
      await accounts.create(work);
      const directory = await openDirectory();
      const before = directory.views('messages');
      await directory.poll();
      expect(directory.views('messages')).toBe(before);
    });

    test('takes over what another node learnt about an account', async () => {
      const { id } = await accounts.create(work);
      const [here, there] = [await openDirectory(), await openDirectory()];
      clock.advance(10);
      await store.write(there.apply(id, limitedFor(60_000)));
      expect(here.get(id)?.health.state).toBe('active');
      await here.poll();
      expect(here.get(id)?.health).toEqual(there.get(id)?.health);
      clock.advance(70_000);
      expect([here.get(id)?.health.state, there.get(id)?.health.state]).toEqual(['active', 'active']);
      clock.advance(10);
      await accounts.update(id, { secretText: 'sk-ant-new' });
      await here.poll();
      expect(await here.credential(id)).toMatchObject({ secret: { apiKey: 'sk-ant-new' } });
    });

    test('does not undo what it knows itself with what is stored', async () => {
      const { id } = await accounts.create(work);
      const directory = await openDirectory();
      clock.advance(10);
      directory.apply(id, limitedFor(60_000));
      await directory.reload();
      expect(directory.get(id)?.health.state).toBe('limited');
    });

    test('remembers health over a restart, and what has run out is over', async () => {
      const { id } = await accounts.create(work);
      await store.write((await openDirectory()).apply(id, limitedFor(60_000)));
      expect((await openDirectory()).get(id)?.health.state).toBe('limited');
      clock.advance(66_000);
      expect((await openDirectory()).get(id)?.health.state).toBe('active');
    });
  });
}

async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.catch((caught: unknown) => caught);
  if (!(error instanceof RelayError)) throw new Error('it was not refused');
  expect(error.kind).toBe('request-invalid');
  return error.message;
}
