import type { Config } from '../../../app/config.ts';
import type { ProviderId } from '../../../app/providers/provider-id.ts';
import type { Answer } from '../../support/fake-anthropic/answers.ts';
import { exchange, requestBytes } from '../../support/raw-http.ts';
import { TestApp } from '../../support/test-app.ts';
import type { Dialect } from './dialects.ts';
import type { Rig, RunningRig } from './rigs.ts';

export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly isWhole: boolean;
  json(): unknown;
}

export interface AskOptions {
  /** Asks in another protocol than the account's own. */
  readonly dialect?: Dialect;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, string>>;
}

/** The relay with one account of a provider, on its rig. */
export class Setting {
  readonly relay: TestApp;
  readonly rig: RunningRig;
  readonly #dialect: Dialect;

  private constructor(relay: TestApp, rig: RunningRig, dialect: Dialect) {
    this.relay = relay;
    this.rig = rig;
    this.#dialect = dialect;
  }

  static async start(provider: ProviderId, rig: Rig, limits: Partial<Config['limits']> = {}): Promise<Setting> {
    const running = await rig.start();
    const relay = await TestApp.start({ upstreams: 0, config: { limits } });
    await relay.app.parts.accountRepository.create({
      name: provider,
      provider,
      ...running.account,
      allowLocalUpstream: true,
      models: ['*'],
    });
    await relay.app.parts.accounts.reload();
    return new Setting(relay, running, rig.dialect);
  }

  /** A stream, as a client of the protocol asks for it. The first answer is also given to every further try. */
  async ask(answer: Answer, { dialect = this.#dialect, headers, body, query }: AskOptions = {}): Promise<Answered> {
    this.rig.script([answer, answer, answer]);
    const path = dialect.path + queryText(dialect.path, query);
    const request = {
      method: 'POST',
      path,
      body: JSON.stringify({ ...dialect.body, ...body }),
      headers: {
        'content-type': 'application/json',
        'x-waystation-key': this.relay.secret,
        // What a pass-through account forwards; every other account has a credential of its own.
        'x-api-key': 'sk-clients-own',
        ...this.rig.clientHeaders,
        ...headers,
      },
    };
    const reply = await exchange(this.relay.port, requestBytes(this.relay.port, request));
    const text = reply.body.toString();
    return { status: reply.status, text, isWhole: reply.isWhole, json: () => JSON.parse(text) };
  }

  get health() {
    return this.relay.app.parts.accounts.all()[0]?.health;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.relay[Symbol.asyncDispose]();
    await this.rig.close();
  }
}

function queryText(path: string, query: Readonly<Record<string, string>> = {}): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? '' : `${path.includes('?') ? '&' : '?'}${text}`;
}
