import type { Configuration } from 'openid-client';
import * as z from 'zod';
import type { Clock } from '../domain/clock.ts';
import type { Person } from './admission.ts';
import type { OidcSettings } from './directory-input.ts';

export interface OidcQuestion {
  readonly fields: OidcSettings;
  readonly secret: string | undefined;
}

/** What has to be kept from the way there until the way back; not to be known by anybody else. */
export const oidcTrip = z.object({
  issuer: z.string(),
  clientId: z.string(),
  redirectUri: z.string(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
});
export type OidcTrip = z.output<typeof oidcTrip>;

/** The issuer could not be asked, or its answer cannot be trusted. */
export class IssuerUnusable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'IssuerUnusable';
  }
}

/** Read at the first sign-in: most people never have one. */
const openIdClient = () => import('openid-client');

const keptMs = 10 * 60_000;
const patienceSeconds = 10;

const claims = z.object({
  sub: z.string().min(1).max(255),
  email: z.string().max(254).optional().catch(undefined),
  email_verified: z.boolean().optional().catch(undefined),
  preferred_username: z.string().optional().catch(undefined),
});

/** Any issuer that speaks OpenID Connect: the authorization code flow with PKCE. */
export class OidcClient {
  readonly #clock: Clock;
  #kept: { readonly name: string; readonly since: number; readonly configuration: Configuration } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Reads the issuer's own configuration. Throws `IssuerUnusable`. */
  async discover({ fields, secret }: OidcQuestion): Promise<Configuration> {
    const { issuer, clientId } = fields;
    const name = JSON.stringify([issuer, clientId, secret]);
    const now = this.#clock.monotonic();
    if (this.#kept?.name === name && now - this.#kept.since < keptMs) return this.#kept.configuration;
    const isPlain = issuer.startsWith('http:');
    const client = await openIdClient();
    try {
      const configuration = await client.discovery(
        new URL(issuer),
        clientId,
        undefined,
        secret === undefined ? client.None() : client.ClientSecretBasic(secret),
        { timeout: patienceSeconds, ...(isPlain && { execute: [client.allowInsecureRequests] }) },
      );
      this.#kept = { name, since: now, configuration };
      return configuration;
    } catch (error) {
      throw new IssuerUnusable(`${issuer} does not answer as an issuer of OpenID Connect: ${textOf(error)}.`, error);
    }
  }

  async begin(question: OidcQuestion, redirectUri: string): Promise<{ readonly url: string; readonly trip: OidcTrip }> {
    const configuration = await this.discover(question);
    const { issuer, clientId, scopes } = question.fields;
    const client = await openIdClient();
    const verifier = client.randomPKCECodeVerifier();
    const trip = { issuer, clientId, redirectUri, verifier, state: client.randomState(), nonce: client.randomNonce() };
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: scopes,
      state: trip.state,
      nonce: trip.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, trip };
  }

  /** Who came back. Throws `IssuerUnusable` for whatever does not fit the trip. */
  async end(question: OidcQuestion, trip: OidcTrip, query: string): Promise<Person> {
    const { issuer, clientId } = question.fields;
    // Set up anew meanwhile: what another issuer says is nothing to this one.
    if (trip.issuer !== issuer || trip.clientId !== clientId) throw new IssuerUnusable('The sign-in was set up anew.');
    const configuration = await this.discover(question);
    const client = await openIdClient();
    try {
      const tokens = await client.authorizationCodeGrant(configuration, new URL(trip.redirectUri + query), {
        pkceCodeVerifier: trip.verifier,
        expectedState: trip.state,
        expectedNonce: trip.nonce,
        idTokenExpected: true,
      });
      const proved = tokens.claims() ?? {};
      const more = await this.#askMore(configuration, tokens.access_token, claims.parse(proved).sub);
      return toPerson(question.fields, { ...more, ...proved });
    } catch (error) {
      throw new IssuerUnusable(`The answer of ${issuer} cannot be trusted: ${textOf(error)}.`, error);
    }
  }

  /** Names and groups that the issuer does not put into its token. */
  async #askMore(configuration: Configuration, token: string, subject: string): Promise<object> {
    if (configuration.serverMetadata().userinfo_endpoint === undefined) return {};
    return await (await openIdClient()).fetchUserInfo(configuration, token, subject);
  }
}

function toPerson({ issuer, nameClaim, groupsClaim }: OidcSettings, said: Readonly<Record<string, unknown>>): Person {
  const { sub, email, email_verified: isVerified, preferred_username: userName } = claims.parse(said);
  const name = z.string().trim().min(1).safeParse(said[nameClaim]).data ?? userName ?? email ?? sub;
  const groups = z.union([z.array(z.string()), z.string().transform((one) => [one])]).safeParse(said[groupsClaim]);
  return {
    way: 'oidc',
    subject: `${issuer} ${sub}`,
    name: name.replace(/\p{Cc}/gu, ' ').slice(0, 64),
    email: isVerified === true ? email : undefined,
    groups: groups.data ?? [],
  };
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const inner = cause instanceof Error ? ` (${cause.message})` : '';
  return `${error.message}${inner}`.replace(/\s+/g, ' ').trim().replace(/\.$/, '').slice(0, 300);
}
