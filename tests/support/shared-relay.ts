import type { IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { expect } from 'vitest';
import type { TestApp } from './test-app.ts';

/** Another one of this computer, as if it were of the network. */
export const address = '127.0.0.2';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Shared {
  readonly port: number;
  readonly certificate: string;
  readonly fingerprint: string;
}

/** Turns sharing on through the admin API, as the command line does. */
export async function change(relay: TestApp, body: object): Promise<Record<string, unknown>> {
  const reply = await relay.request({
    method: 'PATCH',
    path: '/admin/api/sharing',
    headers: { authorization: `Bearer ${relay.app.controlToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: reply.status, ...reply.json() };
}

export async function share(relay: TestApp, more: object = {}): Promise<Shared> {
  const shown = await change(relay, { isOn: true, addresses: [address], port: 0, ...more });
  expect(shown).toMatchObject({ status: 200, standings: [{ address, state: 'listening' }] });
  const [{ port }] = shown['standings'] as [{ port: number }];
  return { port, ...((shown['authority'] ?? {}) as Omit<Shared, 'port'>) };
}

export interface Question {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whom it comes from. */
  readonly from?: string;
}

/** Over TLS, trusting the printed authority and nothing else. */
export function ask(
  { port, certificate }: Shared,
  { method = 'GET', path, headers, body, from }: Question,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      { host: address, port, path, method, ca: certificate, agent: false, localAddress: from, headers: { ...headers } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        response.once('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
      },
    );
    request.once('error', reject).end(body);
  });
}
