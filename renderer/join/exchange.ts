import {
  type Joined,
  type JoinHost,
  joined,
  joinHost,
  joinPaths,
  joinRefusal,
} from '../../app/server/join/contract.ts';

export type Proof = { readonly token: string } | { readonly code: string };

/** Why nothing was given; undefined where nobody answered. */
export type Refusal = { readonly reason: string; readonly message: string } | undefined;
export type Outcome = { readonly joined: Joined } | { readonly refusal: Refusal };

export async function askHost(): Promise<JoinHost | undefined> {
  try {
    return joinHost.parse(await (await fetch(joinPaths.host)).json());
  } catch {
    return undefined; // the page says that nobody answered
  }
}

/** Once: an invite that was taken gives nothing a second time. */
export async function exchange(proof: Proof): Promise<Outcome> {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(joinPaths.exchange, { method: 'POST', headers, body: JSON.stringify(proof) });
    const answer: unknown = await response.json();
    if (response.ok) return { joined: joined.parse(answer) };
    return { refusal: joinRefusal.parse(answer).error };
  } catch {
    return { refusal: undefined };
  }
}

/** With the key that the invite just gave. */
export async function setPassword(secret: string, password: string): Promise<'set' | { readonly refusal: Refusal }> {
  try {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ secret, password });
    const response = await fetch(joinPaths.password, { method: 'POST', headers, body });
    return response.ok ? 'set' : { refusal: joinRefusal.parse(await response.json()).error };
  } catch {
    return { refusal: undefined };
  }
}

export type Tested = { readonly models: number; readonly ms: number } | { readonly message: string };

/** What a client would ask first, with the key. */
export async function testKey(secret: string): Promise<Tested> {
  const start = performance.now();
  try {
    const response = await fetch('/v1/models', { headers: { 'x-api-key': secret } });
    const answer: unknown = await response.json();
    const ms = Math.round(performance.now() - start);
    if (!response.ok) return { message: messageOf(answer) ?? String(response.status) };
    return { models: listOf(answer).length, ms };
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error) };
  }
}

function messageOf(answer: unknown): string | undefined {
  const error = fieldOf(answer, 'error');
  const message = fieldOf(error, 'message');
  return typeof message === 'string' ? message : undefined;
}

function listOf(answer: unknown): readonly unknown[] {
  const data = fieldOf(answer, 'data');
  return Array.isArray(data) ? data : [];
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
