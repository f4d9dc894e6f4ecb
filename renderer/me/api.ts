import type { MeInput, MeOutput, MeRouteName } from '../../app/server/me/contract.ts';

// The types of the contract alone: its schemas would be most of what a phone has to load.

export interface Failure {
  readonly kind: string;
  readonly message: string;
}

export type Answer<Value> = { readonly value: Value } | { readonly failure: Failure };

const places = {
  showSession: ['GET', '/session'],
  openSession: ['POST', '/session'],
  closeSession: ['DELETE', '/session'],
  showMine: ['GET', '/mine'],
  rotateKey: ['POST', '/keys/:id/rotate'],
  showSignIn: ['GET', '/sign-in'],
  setPassword: ['POST', '/password'],
  beginSecondFactor: ['POST', '/second-factor'],
  confirmSecondFactor: ['POST', '/second-factor/confirm'],
  removeSecondFactor: ['DELETE', '/second-factor'],
  startOidc: ['POST', '/oidc'],
} as const satisfies Record<MeRouteName, readonly [method: string, path: string]>;

const patienceMs = 15_000;

/** One question to the relay that serves this page. */
export async function ask<Name extends MeRouteName>(name: Name, input: MeInput<Name>): Promise<Answer<MeOutput<Name>>> {
  const [method, place] = places[name];
  const fields = new Map<string, unknown>(Object.entries(input));
  const path = place.replace(/:(\w+)/g, (_, field: string) => {
    const value = String(fields.get(field));
    fields.delete(field);
    return encodeURIComponent(value);
  });
  const query = new URLSearchParams([...fields].map(([field, value]) => [field, String(value)])).toString();
  const isRead = method === 'GET';
  try {
    const response = await fetch(`/me/api${path}${isRead && query !== '' ? `?${query}` : ''}`, {
      method,
      credentials: 'same-origin',
      signal: AbortSignal.timeout(patienceMs),
      ...(!isRead && {
        headers: { 'x-waystation-csrf': '1', 'content-type': 'application/json' },
        body: JSON.stringify(Object.fromEntries(fields)),
      }),
    });
    return await read(response);
  } catch {
    return { failure: { kind: 'unreachable', message: '' } };
  }
}

async function read<Value>(response: Response): Promise<Answer<Value>> {
  const said: unknown = await response.json().catch(() => undefined);
  // The relay that serves the page answers it: both are of one version.
  if (response.ok && said !== undefined) return { value: said as Value };
  const { error } = (said ?? {}) as { readonly error?: Partial<Failure> };
  return { failure: { kind: error?.kind ?? 'unreadable', message: error?.message ?? '' } };
}
