import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Clock } from '../domain/clock.ts';
import { newId } from '../domain/ids.ts';
import type { Row } from '../store/schema.ts';
import type { Statement, Store } from '../store/store.ts';
import { type Invite, InviteRefused, inviteLifetimeMs, maxCodeTries, stateOf } from './invite.ts';
import { newInviteCode, newInviteToken, readInviteCode } from './invite-code.ts';
import { toInvite } from './invite-rows.ts';
import type { Member } from './key.ts';
import type { MemberRepository } from './member-repository.ts';
import type { IssuedKey, KeyRepository } from './repository.ts';

/** What opens it is here and nowhere else. */
export interface IssuedInvite {
  readonly invite: Invite;
  readonly code: string;
  readonly token: string;
}

/** One of both, as the guest brought it. */
export type InviteProof = { readonly token: string } | { readonly code: string };

export interface Taken extends IssuedKey {
  readonly invite: Invite;
  readonly member: Member;
}

export interface InviteDeps {
  readonly keys: Pick<KeyRepository, 'list' | 'createHasher' | 'createBeside'>;
  readonly members: Pick<MemberRepository, 'find'>;
  readonly clock: Clock;
}

/** What is over is shown for so long. */
const keptMs = 7 * 86_400_000;

/** The invites in the database. What opens one is stored as a digest only. */
export class InviteRepository {
  readonly #store: Store;
  readonly #deps: InviteDeps;

  constructor(store: Store, deps: InviteDeps) {
    this.#store = store;
    this.#deps = deps;
  }

  /** Newest first. */
  async list(): Promise<Invite[]> {
    const rows = await this.#store.db.selectFrom('invites').selectAll().orderBy('created_at', 'desc').execute();
    return rows.map(toInvite);
  }

  async find(id: string): Promise<Invite | undefined> {
    const row = await this.#read('id', id);
    return row && toInvite(row);
  }

  async create({ memberId, groupId }: Pick<Invite, 'memberId' | 'groupId'>): Promise<IssuedInvite> {
    const now = this.#deps.clock.now();
    const hash = await this.#deps.keys.createHasher();
    const [code, token] = [await this.#newCode(), newInviteToken()];
    const row: Row<'invites'> = {
      id: newId('inv', now),
      member_id: memberId,
      group_id: groupId ?? null,
      code_start: code.start,
      code_hash: hash(asCode(code.text)),
      token_hash: hash(asToken(token)),
      tries: 0,
      created_at: now,
      expires_at: now + inviteLifetimeMs,
      revoked_at: null,
      taken_at: null,
      taken_by: null,
      taking: null,
    };
    await this.#store.write([this.#store.db.insertInto('invites').values(row).compile()]);
    return { invite: toInvite(row), code: code.text, token };
  }

  /** Undefined when there is no such invite. One that was taken stays as it is. */
  async revoke(id: string): Promise<Invite | undefined> {
    const change = { revoked_at: this.#deps.clock.now() };
    const update = this.#store.db.updateTable('invites').set(change).where('id', '=', id);
    await this.#store.write([update.where('taken_at', 'is', null).where('revoked_at', 'is', null).compile()]);
    return await this.find(id);
  }

  /** Makes the key: once, whoever tries at the same time, on any node. Throws `InviteRefused`. */
  async take(proof: InviteProof, address?: string): Promise<Taken> {
    const row = 'token' in proof ? await this.#byToken(proof.token) : await this.#byCode(proof.code);
    const invite = toInvite(row);
    const state = stateOf(invite, this.#deps.clock.now());
    // The last try of a code is a try.
    if (state !== 'open' && state !== 'locked') throw new InviteRefused(state);
    const member = await this.#deps.members.find(invite.memberId);
    if (member?.state !== 'active') throw new InviteRefused('member-gone');
    const actor = { kind: 'invite', id: invite.id, address } as const;
    const change = { actor, action: 'takeInvite', at: this.#deps.clock.now() };
    const issued = await this.#store.audited(change, () => this.#issue(invite, member));
    return { ...issued, invite, member };
  }

  /** What has been over for long. */
  async forget(): Promise<void> {
    const before = this.#deps.clock.now() - keptMs;
    await this.#store.db.deleteFrom('invites').where('expires_at', '<', before).execute();
  }

  async #issue(invite: Invite, member: Member): Promise<IssuedKey> {
    const { id, groupId } = invite;
    const taking = randomUUID();
    const fields = { name: await this.#keyName(member), memberId: member.id, groupId };
    try {
      return await this.#deps.keys.createBeside(fields, (keyId) => this.#claim({ id, keyId, taking }));
    } catch (error) {
      const now = await this.find(id);
      const state = now && stateOf(now, this.#deps.clock.now());
      if (state === 'taken' || state === 'revoked' || state === 'expired') throw new InviteRefused(state);
      throw error;
    }
  }

  /** The first of all who try; for anybody later the second statement fails, and no key is made. */
  #claim({ id, keyId, taking }: { readonly id: string; readonly keyId: string; readonly taking: string }): Statement[] {
    const { db } = this.#store;
    const now = this.#deps.clock.now();
    const claim = db
      .updateTable('invites')
      .set({ taken_at: now, taken_by: keyId, taking })
      .where('id', '=', id)
      .where('taken_at', 'is', null)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', now);
    // NOTE: `member_id` is never null, so that this ends the whole transaction unless the claim is ours.
    const isOthers = sql<boolean>`(taking is null or taking <> ${taking})`;
    const check = db.updateTable('invites').set({ member_id: sql<string>`null` }).where('id', '=', id).where(isOthers);
    return [claim.compile(), check.compile()];
  }

  async #byToken(token: string): Promise<Row<'invites'>> {
    const hash = await this.#deps.keys.createHasher();
    const row = await this.#read('token_hash', hash(asToken(token)));
    if (!row) throw new InviteRefused('unknown');
    return row;
  }

  /** A try is counted before anything is compared, so that many at once are no more than the same one after the other (B14). */
  async #byCode(typed: string): Promise<Row<'invites'>> {
    const code = readInviteCode(typed);
    const meant = code === undefined ? [] : await this.#startingWith(code.start);
    if (code === undefined || meant.length === 0) throw new InviteRefused('unknown');
    const tried = await this.#store.db
      .updateTable('invites')
      .set(({ ref }) => ({ tries: sql<number>`${ref('tries')} + 1` }))
      .where('id', 'in', meant)
      .where('tries', '<', maxCodeTries)
      .returningAll()
      .execute();
    if (tried.length === 0) throw new InviteRefused('locked');
    const hash = await this.#deps.keys.createHasher();
    const digest = hash(asCode(code.text));
    const found = tried.find(({ code_hash }) => code_hash === digest);
    if (found) return found;
    const locked = tried.find(({ tries }) => tries >= maxCodeTries);
    throw locked ? new InviteLocked(toInvite(locked)) : new InviteRefused('unknown');
  }

  async #startingWith(start: string): Promise<string[]> {
    const question = this.#store.db.selectFrom('invites').select('id').where('code_start', '=', start);
    const rows = await question.where('expires_at', '>', this.#deps.clock.now() - inviteLifetimeMs).execute();
    return rows.map(({ id }) => id);
  }

  /** Begins like no other that may be tried now. */
  async #newCode() {
    for (;;) {
      const code = newInviteCode();
      if ((await this.#startingWith(code.start)).length === 0) return code;
    }
  }

  /** Keys are told apart by their names. */
  async #keyName({ name }: Member): Promise<string> {
    const taken = new Set((await this.#deps.keys.list()).map((key) => key.name));
    if (!taken.has(name)) return name;
    for (let number = 2; ; number += 1) {
      const numbered = `${name.slice(0, 58)} ${number}`;
      if (!taken.has(numbered)) return numbered;
    }
  }

  async #read(column: 'id' | 'token_hash', value: string): Promise<Row<'invites'> | undefined> {
    return await this.#store.db.selectFrom('invites').selectAll().where(column, '=', value).executeTakeFirst();
  }
}

/** This try was the last one: its owner wants to know. */
export class InviteLocked extends InviteRefused {
  readonly invite: Invite;

  constructor(invite: Invite) {
    super('unknown');
    this.invite = invite;
  }
}

/** With the keys' pepper; what opens an invite is never taken for a key, nor for the other way. */
function asCode(code: string): string {
  return `invite code ${code}`;
}

function asToken(token: string): string {
  return `invite token ${token}`;
}
