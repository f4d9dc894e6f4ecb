import type { Clock } from '../../domain/clock.ts';
import { AuditLog } from '../../store/audit-log.ts';
import { SettingsRepository } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';
import { type AccessRules, accessRules, accessSetting } from './contract-access.ts';
import { AdminError } from './errors.ts';
import { AdminPassword } from './password.ts';
import { AdminSessions, type SessionOrigin } from './sessions.ts';
import { SignInThrottle } from './throttle.ts';

export interface DoorDeps {
  readonly clock: Clock;
  readonly store: Store;
  /** Told when a refusal could not be recorded. */
  report(error: unknown): void;
}

export interface Credentials {
  readonly ticket?: string | undefined;
  readonly password?: string | undefined;
  readonly name?: string | undefined;
  readonly code?: string | undefined;
}

const usualRules: AccessRules = accessRules.parse({});
/** One entry of the record stands for all refusals of so long. */
const recordEveryMs = 60_000;

/** Who is let in to the admin API, and how: links by ticket always, a password when its owner allows that. */
export class AdminDoor {
  readonly sessions: AdminSessions;
  readonly password: AdminPassword;
  readonly #deps: DoorDeps;
  readonly #settings: SettingsRepository;
  readonly #log: AuditLog;
  readonly #throttle: SignInThrottle;
  #rules = usualRules;
  #refused = { count: 0, recordedAt: Number.NEGATIVE_INFINITY };

  constructor(deps: DoorDeps) {
    this.#deps = deps;
    this.#settings = new SettingsRepository(deps.store);
    this.#log = new AuditLog(deps.store);
    this.#throttle = new SignInThrottle(deps.clock);
    this.password = new AdminPassword(this.#settings);
    this.sessions = new AdminSessions(deps.clock, () => {
      return this.#rules.lockMinutes === null ? undefined : this.#rules.lockMinutes * 60_000;
    });
  }

  /** The rules may have been changed, here or by another process. */
  async reload(): Promise<void> {
    this.#rules = await readAccessRules(this.#settings);
  }

  /** Whether a browser without a ticket may sign in. */
  async takesPassword(): Promise<boolean> {
    return this.#rules.allowPassword && (await this.password.isSet());
  }

  /** Answers the new session's token. */
  async signIn({ ticket, password, name }: Credentials, from: Omit<SessionOrigin, 'way'>): Promise<string> {
    if (name !== undefined) throw new AdminError('request-invalid', 'Here the admin password alone is asked for.');
    // A right ticket is let in whatever others tried: it cannot be guessed, and its holder must not be shut out.
    if (ticket !== undefined && this.sessions.redeem(ticket)) return this.sessions.open({ ...from, way: 'ticket' });
    try {
      const wasRight = this.#throttle.begin(from.address);
      if (password === undefined) throw wrongTicket();
      await this.#checkPassword(password);
      wasRight();
      return this.sessions.open({ ...from, way: 'password' });
    } catch (error) {
      if (error instanceof AdminError) this.#recordRefusal(from.address, ticket === undefined ? 'password' : 'ticket');
      throw error;
    }
  }

  async #checkPassword(password: string): Promise<void> {
    if (!(await this.takesPassword())) {
      throw new AdminError('forbidden', 'Signing in with a password is off. Make a link with: waystation open');
    }
    if (!(await this.password.isRight(password))) throw new AdminError('password-wrong', 'This password is wrong.');
  }

  #recordRefusal(address: string | undefined, action: string): void {
    const { clock } = this.#deps;
    this.#refused.count += 1;
    const now = clock.monotonic();
    if (now - this.#refused.recordedAt < recordEveryMs) return;
    const { count } = this.#refused;
    this.#refused = { count: 0, recordedAt: now };
    void this.#log.refused({ at: clock.now(), address, action, count }).catch(this.#deps.report);
  }
}

export async function readAccessRules(settings: SettingsRepository): Promise<AccessRules> {
  const stored = await settings.get(accessSetting);
  const parsed = accessRules.safeParse(stored === undefined ? {} : JSON.parse(stored));
  // What a newer version wrote is not understood here: then only tickets are let in.
  return parsed.success ? parsed.data : usualRules;
}

function wrongTicket(): AdminError {
  return new AdminError(
    'ticket-invalid',
    'This sign-in link was used already or is older than 5 minutes. Make a new one with: waystation open',
  );
}
