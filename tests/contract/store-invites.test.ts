import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { InviteRepository } from '../../app/keys/invite-repository.ts';
import { MemberRepository } from '../../app/keys/member-repository.ts';
import { KeyRepository } from '../../app/keys/repository.ts';
import { openVault } from '../../app/secrets/open.ts';
import { openStore } from '../../app/store/open.ts';
import { SettingsRepository } from '../../app/store/settings.ts';
import type { Store } from '../../app/store/store.ts';
import { manualClock } from '../../app/usage/__fixtures__/manual-clock.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { createFolder } from '../support/temporary-folder.ts';

interface Opened {
  /** One store for each of two nodes. */
  readonly stores: readonly [Store, Store];
  remove(): Promise<void>;
}

describe('invites on SQLite', () => {
  contract(async () => {
    const { folder, remove } = createFolder();
    const open = () => openStore({ engine: 'sqlite', file: `${folder}/waystation.sqlite` });
    return { stores: [await open(), await open()], remove };
  });
});
suiteThatNeeds(await missingPostgres(), 'invites on PostgreSQL', () => {
  contract(async () => {
    const { url, drop } = await createTestDatabase();
    const open = () => openStore({ engine: 'postgres', url });
    return { stores: [await open(), await open()], remove: drop };
  });
});

interface Node {
  readonly keys: KeyRepository;
  readonly members: MemberRepository;
  readonly invites: InviteRepository;
}

const minuteMs = 60_000;
const reasonOf = (error: unknown) => (error instanceof Error && 'reason' in error ? error.reason : error);

function contract(open: () => Promise<Opened>): void {
  const { folder, remove: removeFolder } = createFolder();
  const clock = manualClock();
  let opened: Opened;
  let here: Node;
  let there: Node;
  let memberId: string;
  beforeAll(async () => {
    opened = await open();
    const nodes: Node[] = [];
    for (const store of opened.stores) {
      const settings = new SettingsRepository(store);
      const vault = await openVault({ backend: 'key-file', folder, markers: settings, warn: () => undefined });
      const keys = new KeyRepository(store, vault, settings, clock);
      const members = new MemberRepository(store, clock);
      nodes.push({ keys, members, invites: new InviteRepository(store, { keys, members, clock }) });
    }
    [here, there] = nodes as [Node, Node];
  });
  beforeEach(async () => {
    for (const table of ['keys', 'members', 'invites', 'audit'] as const) {
      await opened.stores[0].db.deleteFrom(table).execute();
    }
    memberId = (await here.members.create({ name: 'Ada' })).id;
  });
  afterAll(async () => {
    await Promise.all(opened.stores.map((store) => store.close()));
    await opened.remove();
    await removeFolder();
  });

  const refusal = (taking: Promise<unknown>) => taking.then(() => 'taken', reasonOf);

  test('an invite becomes one key of its member, by link or by code however it is typed, and says so in the record', async () => {
    const { invite, token } = await here.invites.create({ memberId, groupId: 'grp_1' });
    const { key, secret } = await there.invites.take({ token }, '192.0.2.7');
    expect(secret).toMatch(/^wsk_/);
    expect(await here.keys.find(key.id)).toMatchObject({ name: 'Ada', memberId, groupId: 'grp_1' });
    expect(await here.invites.find(invite.id)).toMatchObject({ takenAt: clock.now(), takenBy: key.id });
    const second = await here.invites.create({ memberId });
    expect(second.code).toMatch(/^[2-9A-HJKMNP-TW-Z]{4}-[2-9A-HJKMNP-TW-Z]{4}$/);
    const typed = ` ${second.code.toLowerCase().replace('-', ' ')} `;
    expect((await here.invites.take({ code: typed })).key.name).toBe('Ada 2');
    const record = await opened.stores[0].db.selectFrom('audit').selectAll().where('actor', '=', 'invite').execute();
    expect(record.map(({ actor_id, address, kind }) => [actor_id, address, kind])).toEqual(
      expect.arrayContaining([
        [invite.id, '192.0.2.7', 'key'],
        [invite.id, '192.0.2.7', 'invite'],
      ]),
    );
  });

  test('of many who take one invite at once, on two nodes and by both ways, one gets a key and no other key is made', async () => {
    const { token, code } = await here.invites.create({ memberId });
    const proofs = Array.from({ length: 10 }, (_, index) => (index < 8 ? { token } : { code }));
    const tries = await Promise.allSettled(
      proofs.map((proof, index) => (index % 2 ? here : there).invites.take(proof)),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = tries.flatMap((one) => (one.status === 'rejected' ? [reasonOf(one.reason)] : []));
    expect(refused).toEqual(Array.from({ length: 9 }, () => 'taken'));
    expect(await here.keys.list()).toHaveLength(1);
  });

  test('an invite is over when it was taken, after 15 minutes, and when it was taken back', async () => {
    const used = await here.invites.create({ memberId });
    await here.invites.take(used);
    expect(await refusal(there.invites.take({ token: used.token }))).toBe('taken');
    expect(await refusal(there.invites.take({ code: used.code }))).toBe('taken');
    const late = await here.invites.create({ memberId });
    clock.advance(15 * minuteMs - 1);
    const [inTime] = [await here.invites.create({ memberId })];
    clock.advance(1);
    expect(await refusal(here.invites.take({ token: late.token }))).toBe('expired');
    expect(await refusal(here.invites.take({ code: late.code }))).toBe('expired');
    expect(await here.invites.revoke(inTime.invite.id)).toMatchObject({ revokedAt: clock.now() });
    expect(await refusal(there.invites.take({ token: inTime.token }))).toBe('revoked');
    expect(await refusal(there.invites.take({ token: `${inTime.token}x` }))).toBe('unknown');
    expect(await here.invites.revoke('inv_unknown')).toBeUndefined();
    expect(await here.keys.list()).toHaveLength(1);
  });

  test('nobody joins as a member who is suspended or gone', async () => {
    const { token } = await here.invites.create({ memberId });
    await here.members.setState(memberId, 'suspended');
    expect(await refusal(here.invites.take({ token }))).toBe('member-gone');
    await here.members.remove(memberId, { withKeys: true });
    expect(await refusal(here.invites.take({ token }))).toBe('member-gone');
    expect(await here.keys.list()).toEqual([]);
  });

  test('B14 pairing-brute-force: who knows how a code begins has five tries, also all at once on two nodes, then not even the code works', async () => {
    const { invite, code, token } = await here.invites.create({ memberId });
    const start = code.slice(0, 3);
    const guesses = Array.from({ length: 60 }, (_, index) => {
      const guess = `${start}${code[3] === '2' ? '3' : '2'}${(index + 29 ** 3).toString(29).slice(-4)}`;
      return [...guess].map((one) => ('01iloluv'.includes(one) ? '9' : one)).join('');
    });
    const outcomes = await Promise.all(
      guesses.map((guess, index) => refusal((index % 2 ? here : there).invites.take({ code: guess }))),
    );
    expect(outcomes.filter((one) => one === 'unknown')).toHaveLength(5);
    expect(outcomes.filter((one) => one === 'locked')).toHaveLength(55);
    expect(await here.invites.find(invite.id)).toMatchObject({ tries: 5 });
    expect(await refusal(here.invites.take({ code }))).toBe('locked');
    // Five of 29 to the power of 5.
    expect(5 / 29 ** 5).toBeLessThan(1e-6);
    expect(await refusal(here.invites.take({ token }))).toBe('taken');
    expect(await here.keys.list()).toHaveLength(1);
  });

  test('what opens an invite is stored nowhere, and what is long over is forgotten', async () => {
    const { code, token } = await here.invites.create({ memberId });
    const everything = JSON.stringify([
      await opened.stores[0].db.selectFrom('invites').selectAll().execute(),
      await opened.stores[0].db.selectFrom('audit').selectAll().execute(),
    ]);
    expect([everything.includes(token), everything.includes(code), everything.includes(code.replace('-', ''))]).toEqual(
      [false, false, false],
    );
    clock.advance(8 * 24 * 60 * minuteMs);
    const { invite } = await here.invites.create({ memberId });
    await here.invites.forget();
    expect(await here.invites.list()).toMatchObject([{ id: invite.id }]);
  });
}
