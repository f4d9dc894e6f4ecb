import * as z from 'zod';
import type { Clock } from '../domain/clock.ts';
import { newId } from '../domain/ids.ts';
import type { SecretPlace, Vault } from '../secrets/vault.ts';
import type { Row } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { HeldRange } from './held.ts';
import { type NotificationType, notificationType } from './rules.ts';
import { type NewWebhook, type Webhook, type WebhookPatch, type WebhookSecrets, webhookKinds } from './webhook.ts';
import { type Problem, problemOf, telegramUrl } from './webhook-check.ts';
import { languages } from './words.ts';

/** What was to be saved could not be sent to. */
export class WebhookRefused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.path}: ${problem.message}`);
    this.name = 'WebhookRefused';
    this.problem = problem;
  }
}

const secrets = z.object({ url: z.string(), secret: z.string().optional() });

/** The webhooks in the database; their addresses and secrets are sealed, and opened only to send. */
export class WebhookRepository {
  readonly #store: Store;
  readonly #vault: Vault;
  readonly #clock: Clock;

  constructor(store: Store, vault: Vault, clock: Clock) {
    this.#store = store;
    this.#vault = vault;
    this.#clock = clock;
  }

  /** Oldest first. */
  async list(): Promise<Webhook[]> {
    const rows = await this.#store.db.selectFrom('webhooks').selectAll().orderBy('created_at').orderBy('id').execute();
    return rows.map(toWebhook);
  }

  async find(id: string): Promise<Webhook | undefined> {
    return (await this.list()).find((webhook) => webhook.id === id);
  }

  /** Throws `SecretUnreadable`. */
  async secrets(id: string): Promise<WebhookSecrets | undefined> {
    const row = await this.#store.db.selectFrom('webhooks').select('sealed').where('id', '=', id).executeTakeFirst();
    return row && secrets.parse(JSON.parse(this.#vault.open(placeOf(id), row.sealed)));
  }

  /** Hears of what happens after the alert of that number. Throws `WebhookRefused`. */
  async create(input: NewWebhook, afterAlert: number): Promise<Webhook> {
    const now = this.#clock.now();
    const { url = input.kind === 'telegram' ? telegramUrl : '', secret, ...fields } = input;
    const given = { url, secret };
    check(fields, given);
    const id = newId('whk', now);
    const row: Row<'webhooks'> = {
      id,
      ...{ name: fields.name, kind: fields.kind, chat_id: fields.chatId ?? null, ...columnsOf(fields) },
      ...this.#sealed(id, given),
      ...{ created_at: now, updated_at: now, last_alert_id: afterAlert, held_first: null, held_last: null },
      ...{ sent_at: null, failed_at: null, failure: null },
    };
    await this.#store.write([this.#store.db.insertInto('webhooks').values(row).compile()]);
    return toWebhook(row);
  }

  /** Undefined when there is no such webhook. Throws `WebhookRefused`, `SecretUnreadable`. */
  async update(id: string, patch: WebhookPatch): Promise<Webhook | undefined> {
    const [before, sealed] = [await this.find(id), await this.secrets(id)];
    if (!before || !sealed) return undefined;
    const { url = sealed.url, secret, ...fields } = patch;
    const next = { ...before, ...definedOf(fields) };
    const given = { url, secret: secret === undefined ? sealed.secret : (secret ?? undefined) };
    check(next, given);
    const columns = {
      ...{ name: next.name, chat_id: next.chatId ?? null, ...columnsOf(next), updated_at: this.#clock.now() },
      ...(url === sealed.url && given.secret === sealed.secret ? {} : this.#sealed(id, given)),
    };
    await this.#store.write([this.#store.db.updateTable('webhooks').set(columns).where('id', '=', id).compile()]);
    return await this.find(id);
  }

  async remove(id: string): Promise<boolean> {
    if (!(await this.find(id))) return false;
    await this.#store.write([this.#store.db.deleteFrom('webhooks').where('id', '=', id).compile()]);
    return true;
  }

  /** Whether this node is the one that tells it, or holds it: of several that hear of it one does, once. */
  async claim(id: string, alertId: number, { isHeld = false } = {}): Promise<boolean> {
    const claimed = await this.#store.db
      .updateTable('webhooks')
      .set({ last_alert_id: alertId })
      .$if(isHeld, (query) =>
        query.set((eb) => ({ held_first: eb.fn.coalesce('held_first', eb.val(alertId)), held_last: alertId })),
      )
      .where('id', '=', id)
      .where('last_alert_id', '<', alertId)
      .executeTakeFirst();
    return claimed.numUpdatedRows > 0n;
  }

  /** What waits for the end of the quiet hours. */
  async findHeld(id: string): Promise<HeldRange | undefined> {
    const row = await this.#store.db
      .selectFrom('webhooks')
      .select(['held_first as first', 'held_last as last'])
      .where('id', '=', id)
      .executeTakeFirst();
    return row && row.first !== null && row.last !== null ? { first: row.first, last: row.last } : undefined;
  }

  /** Whether this node is the one that tells what was held; false also when more is held by now. */
  async takeHeld(id: string, { last }: HeldRange): Promise<boolean> {
    const taken = await this.#store.db
      .updateTable('webhooks')
      .set({ held_first: null, held_last: null })
      .where('id', '=', id)
      .where('held_last', '=', last)
      .executeTakeFirst();
    return taken.numUpdatedRows > 0n;
  }

  async noteSent(id: string): Promise<void> {
    await this.#note(id, { sent_at: this.#clock.now(), failed_at: null, failure: null });
  }

  async noteFailure(id: string, message: string): Promise<void> {
    await this.#note(id, { failed_at: this.#clock.now(), failure: message });
  }

  async #note(id: string, columns: Partial<Row<'webhooks'>>): Promise<void> {
    await this.#store.db.updateTable('webhooks').set(columns).where('id', '=', id).execute();
  }

  #sealed(id: string, { url, secret }: WebhookSecrets) {
    return {
      host: URL.parse(url)?.host ?? '',
      has_secret: secret === undefined ? 0 : 1,
      sealed: this.#vault.seal(placeOf(id), JSON.stringify({ url, secret })),
    };
  }
}

function check(fields: Parameters<typeof problemOf>[0], given: WebhookSecrets): void {
  const problem = problemOf(fields, given);
  if (problem) throw new WebhookRefused(problem);
}

type Kept = Pick<Webhook, 'types' | 'language' | 'allowLocal' | 'isEnabled'>;

function columnsOf({ types, language, allowLocal, isEnabled }: Kept) {
  return {
    ...{ types: JSON.stringify([...new Set(types)]), language },
    ...{ allow_local: allowLocal ? 1 : 0, is_enabled: isEnabled ? 1 : 0 },
  };
}

function toWebhook(row: Row<'webhooks'>): Webhook {
  const { failed_at: at, failure } = row;
  return {
    ...{ id: row.id, name: row.name, kind: z.enum(webhookKinds).parse(row.kind), host: row.host },
    ...{ hasSecret: row.has_secret !== 0, chatId: row.chat_id ?? undefined, types: readTypes(row.types) },
    ...{ language: z.enum(languages).catch('en').parse(row.language), allowLocal: row.allow_local !== 0 },
    ...{ isEnabled: row.is_enabled !== 0, createdAt: row.created_at, updatedAt: row.updated_at },
    sentAt: row.sent_at ?? undefined,
    failure: at === null || failure === null ? undefined : { at, message: failure },
  };
}

/** Types that a newer version knows are left out. */
function readTypes(text: string): readonly NotificationType[] {
  return z
    .array(z.unknown())
    .parse(JSON.parse(text))
    .flatMap((one) => notificationType.safeParse(one).data ?? []);
}

function placeOf(row: string): SecretPlace {
  return { table: 'webhooks', row, column: 'sealed' };
}

type Defined<Fields> = { [Field in keyof Fields]?: Exclude<Fields[Field], undefined> };

function definedOf<Fields extends object>(fields: Fields): Defined<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>;
}
