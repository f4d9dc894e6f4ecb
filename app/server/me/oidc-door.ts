import { createHash, randomBytes } from 'node:crypto';
import type { Member } from '../../keys/key.ts';
import type { Person, Refusal } from '../../people/admission.ts';
import type { AdmissionRules } from '../../people/directory-input.ts';
import type { DirectorySettings } from '../../people/directory-settings.ts';
import { IssuerUnusable, type OidcClient, oidcTrip } from '../../people/oidc.ts';
import type { Marks } from '../../state/state.ts';
import { AdminError } from '../admin/errors.ts';
import type { MemberDoor } from './door.ts';

export interface OidcDoorDeps {
  readonly directories: Pick<DirectorySettings, 'oidc' | 'secret'>;
  readonly client: Pick<OidcClient, 'begin' | 'end'>;
  readonly marks: Marks;
  readonly door: Pick<MemberDoor, 'attempt' | 'open'>;
  admit(person: Person, rules: AdmissionRules, address: string | undefined): Promise<Member | Refusal>;
  /** Why somebody was not let in, for the log. */
  report(error: unknown): void;
}

export interface WayBack {
  readonly origin: string;
  /** With its question mark. */
  readonly query: string;
  readonly ticket: string | undefined;
  readonly address: string | undefined;
}

export type OidcRefusal = Refusal | 'failed' | 'too-many-tries';

const tripMs = 10 * 60_000;
const callback = '/me/api/oidc/callback';

/** Sign-in by way of an issuer. A trip there and back belongs to one browser and works once. */
export class OidcDoor {
  readonly #deps: OidcDoorDeps;

  constructor(deps: OidcDoorDeps) {
    this.#deps = deps;
  }

  /** What its button says; null without an issuer. */
  async label(): Promise<string | null> {
    return (await this.#deps.directories.oidc())?.fields.label ?? null;
  }

  /** `origin` is one of our own: the issuer sends the browser there and nowhere else. */
  async start(origin: string, address: string | undefined): Promise<{ readonly url: string; readonly ticket: string }> {
    const question = await this.#question();
    if (!question)
      throw new AdminError('not-found', 'Signing in like that is not set up here. Use your key or password.');
    return await this.#deps.door.attempt({ account: undefined, address }, async () => {
      const { url, trip } = await this.#deps.client.begin(question, origin + callback).catch((error: unknown) => {
        if (!(error instanceof IssuerUnusable)) throw error;
        this.#deps.report(error);
        const message = 'The sign-in service does not answer. Try again later, or use your key or password.';
        throw new AdminError('unavailable', message, { cause: error });
      });
      const ticket = randomBytes(32).toString('base64url');
      await this.#deps.marks.set(nameOf(ticket), JSON.stringify(trip), tripMs);
      return { url, ticket };
    });
  }

  /** Answers the token of a new session, or why there is none. */
  async finish(back: WayBack): Promise<string | { readonly refused: OidcRefusal }> {
    const { door } = this.#deps;
    try {
      return await door.attempt({ account: undefined, address: back.address }, async () => await this.#finish(back));
    } catch (error) {
      if (error instanceof RefusedHere) return { refused: error.reason };
      if (error instanceof AdminError && error.kind === 'too-many-tries') return { refused: 'too-many-tries' };
      if (!(error instanceof IssuerUnusable)) throw error;
      this.#deps.report(error);
      return { refused: 'failed' };
    }
  }

  async #finish({ origin, query, ticket, address }: WayBack): Promise<string> {
    const trip = await this.#redeem(ticket);
    const question = await this.#question();
    if (!trip || !question || trip.redirectUri !== origin + callback) throw new RefusedHere('failed');
    const person = await this.#deps.client.end(question, trip, query);
    const member = await this.#deps.admit(person, question.fields, address);
    if (typeof member === 'string') throw new RefusedHere(member);
    return await this.#deps.door.open(member, 'oidc');
  }

  /** Once: of two who come with the same ticket at once, one gets it. */
  async #redeem(ticket: string | undefined) {
    if (ticket === undefined) return undefined;
    const name = nameOf(ticket);
    const text = await this.#deps.marks.get(name);
    if (text === undefined || text === used) return undefined;
    const isMine = await this.#deps.marks.compareAndSet(name, { expected: text, value: used, ttlMs: tripMs });
    return isMine ? oidcTrip.parse(JSON.parse(text)) : undefined;
  }

  async #question() {
    const { directories } = this.#deps;
    const found = await directories.oidc();
    return found && { fields: found.fields, secret: await directories.secret('oidc') };
  }
}

const used = 'used';

class RefusedHere extends Error {
  readonly reason: OidcRefusal;

  constructor(reason: OidcRefusal) {
    super(`The sign-in was refused: ${reason}`);
    this.name = 'RefusedHere';
    this.reason = reason;
  }
}

function nameOf(ticket: string): string {
  return `oidc-trip ${createHash('sha256').update(ticket).digest('hex')}`;
}
