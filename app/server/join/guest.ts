import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { readInviteCode } from '../../keys/invite-code.ts';
import type { InviteProof } from '../../keys/invite-repository.ts';
import { fingerprintOf } from '../../sharing/authority.ts';
import { type Joined, joined, joinPath, joinPaths, joinRefusal, readJoinFragment } from './contract.ts';

/** What the invited side makes of an invite, and asks of its host. */

export interface Invited {
  readonly origin: string;
  readonly proof: InviteProof;
  /** Of the authority that the invite names. */
  readonly fingerprint?: string | undefined;
}

/** Who answers there. */
export type Host =
  | { readonly encryption: 'plain' | 'public' }
  | {
      readonly encryption: 'own-authority';
      /** To be pinned: no other one is taken from then on. */
      readonly certificate: string;
      readonly fingerprint: string;
      /** The invite names it; otherwise a person has to compare it. */
      readonly isNamed: boolean;
    };

/** Nothing was taken, or the host would not give it. The message is for whoever was invited. */
export class JoinFailed extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JoinFailed';
  }
}

interface Question {
  readonly url: string;
  readonly body?: string;
  /** What has to vouch for it; undefined: whom this computer trusts. */
  readonly ca?: string | undefined;
  /** Nobody has to: what comes is checked by its fingerprint. */
  readonly isUnchecked?: boolean;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const timeoutMs = 15_000;
const maxAnswer = 64 * 1024;

/** A whole link, or a code with the address it is good at. Undefined for whatever is no invite. */
export function readInvite(text: string, at?: string): Invited | undefined {
  const code = readInviteCode(text);
  if (code) {
    const origin = at === undefined ? undefined : originOf(at);
    return origin === undefined ? undefined : { origin, proof: { code: code.text } };
  }
  const link = URL.parse(text.trim());
  const fragment = readJoinFragment(link?.hash.slice(1) ?? '');
  if (!link || !fragment || link.pathname !== `${joinPath}/` || link.search !== '') return undefined;
  const origin = originOf(link.href);
  return origin === undefined
    ? undefined
    : { origin, proof: { token: fragment.token }, fingerprint: fragment.fingerprint };
}

/** Asks who is there, and takes nothing. Throws `JoinFailed` when it is not who invited. */
export async function lookAtHost({ origin, proof, fingerprint }: Invited): Promise<Host> {
  if (origin.startsWith('http:')) return { encryption: 'plain' };
  // A link without one is of a relay behind a proxy, with a certificate that everybody trusts.
  if (fingerprint === undefined && 'token' in proof) return { encryption: 'public' };
  const found = await fetchAuthority(origin);
  if (fingerprint !== undefined && found.fingerprint.toLowerCase() !== fingerprint.toLowerCase()) {
    throw new JoinFailed(
      `${origin} is not who invited you: its authority is ${found.fingerprint}. Nothing was sent there.`,
    );
  }
  return { encryption: 'own-authority', ...found, isNamed: fingerprint !== undefined };
}

/** The certificate of that host's own authority, which nobody vouches for yet, and its fingerprint. */
async function fetchAuthority(origin: string): Promise<{ readonly certificate: string; readonly fingerprint: string }> {
  const { status, text } = await ask({ url: origin + joinPaths.authority, isUnchecked: true });
  if (status !== 200) throw new JoinFailed(`${origin} has no authority to trust. Is it a Waystation that shares?`);
  try {
    return { certificate: text, fingerprint: fingerprintOf(text) };
  } catch {
    throw new JoinFailed(`${origin} answered something that is no certificate. Is it a Waystation?`);
  }
}

/** Once: then the invite is over. */
export async function takeInvite(origin: string, proof: InviteProof, ca: string | undefined): Promise<Joined> {
  const { status, text } = await ask({ url: origin + joinPaths.exchange, body: JSON.stringify(proof), ca });
  const answer = jsonOf(text);
  if (status === 200) return joined.parse(answer);
  const refusal = joinRefusal.safeParse(answer);
  throw new JoinFailed(
    refusal.success ? refusal.data.error.message : `${origin} answered ${status}. Is it a Waystation?`,
  );
}

function ask({ url, body, ca, isUnchecked = false }: Question): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const options = {
    method: body === undefined ? 'GET' : 'POST',
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(timeoutMs),
    agent: false as const,
  };
  const request = url.startsWith('https:')
    ? secureRequest(url, { ...options, rejectUnauthorized: !isUnchecked, ...(ca !== undefined && { ca }) })
    : plainRequest(url, options);
  request.once('error', (error) =>
    reject(new JoinFailed(`${new URL(url).origin} cannot be reached: ${error.message}.`)),
  );
  request.once('response', (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.length > maxAnswer) request.destroy(new Error('its answer is too long'));
    });
    response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
  });
  request.end(body);
  return promise;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no Waystation: the schema says so
  }
}

function originOf(text: string): string | undefined {
  const url = URL.parse(text.trim());
  return url && /^https?:$/.test(url.protocol) ? url.origin : undefined;
}
