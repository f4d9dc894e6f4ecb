import { createServer, type Server } from 'node:http';
import { Provider } from 'oidc-provider';

export interface Known {
  readonly name?: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly groups?: readonly string[];
}

export const oidcClient = { id: 'waystation', secret: 'only-the-issuer-knows' };

/** A certified OpenID provider in this process; who comes is signed in at once as `next`. */
export class OidcIssuer implements AsyncDisposable {
  readonly url: string;
  /** Whom it takes the next visitor for; undefined says no to them. */
  next: string | undefined = 'ada';
  readonly people = new Map<string, Known>();
  readonly #server: Server;

  private constructor(url: string, server: Server) {
    this.url = url;
    this.#server = server;
  }

  static async start(redirectUris: readonly string[]): Promise<OidcIssuer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
    const issuer = new OidcIssuer(url, server);
    const provider = issuer.#provider(redirectUris);
    const answer = provider.callback();
    server.on('request', (request, response) => {
      if (!request.url?.startsWith('/interaction/')) {
        void answer(request, response);
        return;
      }
      const { next } = issuer;
      const result = next === undefined ? { error: 'access_denied' } : { login: { accountId: next, remember: false } };
      provider.interactionFinished(request, response, result).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    return issuer;
  }

  #provider(redirectUris: readonly string[]): Provider {
    return new Provider(this.url, {
      clients: [{ client_id: oidcClient.id, client_secret: oidcClient.secret, redirect_uris: [...redirectUris] }],
      ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
      pkce: { required: () => true },
      claims: { openid: ['sub'], profile: ['name', 'groups'], email: ['email', 'email_verified'] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      cookies: { keys: ['of this test alone'] },
      findAccount: (_, sub) => ({
        accountId: sub,
        claims: () => ({ sub, ...this.people.get(sub), groups: [...(this.people.get(sub)?.groups ?? [])] }),
      }),
      // Nobody is asked whether they agree.
      loadExistingGrant: async (context) => {
        const { client, session } = context.oidc;
        const grant = new context.oidc.provider.Grant({
          ...(client && { clientId: client.clientId }),
          ...(session?.accountId !== undefined && { accountId: session.accountId }),
        });
        grant.addOIDCScope('openid profile email');
        await grant.save();
        return grant;
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
