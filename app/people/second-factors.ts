import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import type { SecretPlace, Vault } from '../secrets/vault.ts';
import type { Store } from '../store/store.ts';
import { enrolAddress, secretText, stepOf } from './totp.ts';

export interface Enrolment {
  readonly secret: string;
  /** For a QR code. */
  readonly address: string;
}

const secretBytes = 20;
const recoveryCodes = 10;

/** One-time codes of members, beside their password. Secrets are sealed; recovery codes are kept by hash, and work once. */
export class SecondFactors {
  readonly #store: Store;
  readonly #vault: Vault;
  readonly #clock: Clock;

  constructor(store: Store, vault: Vault, clock: Clock) {
    this.#store = store;
    this.#vault = vault;
    this.#clock = clock;
  }

  /** How it stands; `stamp` is another one after every change of it. */
  async show(memberId: string) {
    const row = await this.#read(memberId);
    const isOn = row !== undefined && row.confirmed_at !== null;
    return { isOn, recoveryCodesLeft: isOn ? hashesOf(row.recovery).length : 0, stamp: String(row?.updated_at) };
  }

  /** It is on only once it is confirmed. What was on before is off. */
  async begin(memberId: string, name: string): Promise<Enrolment> {
    const secret = randomBytes(secretBytes);
    const { db } = this.#store;
    const row = {
      member_id: memberId,
      secret: this.#vault.seal(placeOf(memberId), secret.toString('base64')),
      recovery: '[]',
      last_step: 0,
      confirmed_at: null,
      updated_at: this.#clock.now(),
    };
    await this.#store.write([
      db.deleteFrom('member_second_factors').where('member_id', '=', memberId).compile(),
      db.insertInto('member_second_factors').values(row).compile(),
    ]);
    return { secret: secretText(secret), address: enrolAddress(secret, name) };
  }

  /** Answers the recovery codes, this once; undefined when the code is wrong, or nothing was begun. */
  async confirm(memberId: string, code: string): Promise<readonly string[] | undefined> {
    const row = await this.#read(memberId);
    if (row?.confirmed_at !== null || !(await this.#isCode(memberId, code))) return undefined;
    const codes = Array.from({ length: recoveryCodes }, newRecoveryCode);
    const now = this.#clock.now();
    const recovery = JSON.stringify(codes.map(hashOf));
    const change = this.#store.db
      .updateTable('member_second_factors')
      .set({ recovery, confirmed_at: now, updated_at: now });
    await change.where('member_id', '=', memberId).execute();
    return codes;
  }

  /** Uses the code up. False too when it is not on. */
  async check(memberId: string, code: string): Promise<boolean> {
    const row = await this.#read(memberId);
    if (!row || row.confirmed_at === null) return false;
    return (await this.#isCode(memberId, code)) || (await this.#spendRecovery(memberId, code));
  }

  async remove(memberId: string): Promise<boolean> {
    const had = (await this.#read(memberId)) !== undefined;
    await this.#store.db.deleteFrom('member_second_factors').where('member_id', '=', memberId).execute();
    return had;
  }

  /** Of two who come with the same code at once, one is right. */
  async #isCode(memberId: string, code: string): Promise<boolean> {
    const row = await this.#read(memberId);
    if (!row) return false;
    const secret = Buffer.from(this.#vault.open(placeOf(memberId), row.secret), 'base64');
    const step = stepOf(secret, code.replace(/\s/g, ''), { now: this.#clock.now(), after: Number(row.last_step) });
    if (step === undefined) return false;
    const change = this.#store.db.updateTable('member_second_factors').set({ last_step: step });
    const done = await change.where('member_id', '=', memberId).where('last_step', '<', step).executeTakeFirst();
    return Number(done.numUpdatedRows) === 1;
  }

  async #spendRecovery(memberId: string, code: string): Promise<boolean> {
    const row = await this.#read(memberId);
    const kept = row ? hashesOf(row.recovery) : [];
    const hash = hashOf(code);
    if (!row || !kept.includes(hash)) return false;
    const recovery = JSON.stringify(kept.filter((one) => one !== hash));
    const change = this.#store.db.updateTable('member_second_factors').set({ recovery });
    const done = await change.where('member_id', '=', memberId).where('recovery', '=', row.recovery).executeTakeFirst();
    return Number(done.numUpdatedRows) === 1;
  }

  async #read(memberId: string) {
    const found = this.#store.db.selectFrom('member_second_factors').selectAll().where('member_id', '=', memberId);
    return await found.executeTakeFirst();
  }
}

function placeOf(memberId: string): SecretPlace {
  return { table: 'member_second_factors', row: memberId, column: 'secret' };
}

function hashesOf(text: string): string[] {
  const parsed: unknown = JSON.parse(text);
  return Array.isArray(parsed) ? parsed.map(String) : [];
}

/** 80 random bits: nothing to guess, so a plain hash is enough. */
function newRecoveryCode(): string {
  return (secretText(randomBytes(10)).toLowerCase().match(/.{4}/g) ?? []).join('-');
}

function hashOf(code: string): string {
  return createHash('sha256').update(code.trim().toLowerCase().replace(/[\s-]/g, '')).digest('base64url');
}
