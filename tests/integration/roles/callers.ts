import { expect } from 'vitest';
import { accessRoutes, type Route, requestFor } from '../../../app/server/admin/contract.ts';
import { manualClock } from '../../../app/state/__fixtures__/manual-clock.ts';
import { TestApp } from '../../support/test-app.ts';

export type Headers = Readonly<Record<string, string>>;

/** Whoever may knock. A sign-in of another kind is one more name here, and one more column in the expected table. */
export const callerNames = [
  'nobody',
  'own page',
  'key',
  'other key',
  'disabled key',
  'LAN key',
  'session',
  'locked session',
  'control',
  'foreign host',
  'foreign page',
] as const;
export type CallerName = (typeof callerNames)[number];

export interface Rig extends AsyncDisposable {
  readonly relay: TestApp;
  /** What a caller sends beside the request; a session is opened when it is closed. */
  headersOf(caller: CallerName): Promise<Headers>;
  /** Lets a moment pass, so that nobody is slowed down for what others tried. */
  rest(): void;
}

const lanName = 'relay.lan';
const json = { 'content-type': 'application/json' };

/** A relay that may be called by a name of the local network too, and everybody who calls it. */
export async function openRig(): Promise<Rig> {
  const clock = manualClock();
  const relay = await TestApp.start({ config: { allowedHosts: [lanName] }, ports: { clock } });
  const { keyRepository } = relay.app.parts;
  const other = await keyRepository.create({ name: 'other', owner: 'somebody else' });
  const disabled = await keyRepository.create({ name: 'disabled' });
  await keyRepository.update(disabled.key.id, { isEnabled: false });
  const control = { authorization: `Bearer ${relay.app.controlToken}` };
  const ownPage = { origin: `http://127.0.0.1:${relay.port}`, 'x-waystation-csrf': '1' };
  const ways = { control, ownPage };
  const signedIn = keep(
    async () => ({ ...ownPage, cookie: await signIn(relay, ways) }),
    (held) => stateOf(relay, held),
    'open',
  );
  const locked = keep(
    async () => {
      const held = { ...ownPage, cookie: await signIn(relay, ways) };
      await relay.request({ ...adminRequest(accessRoutes.lockSession), headers: { ...json, ...held } });
      return held;
    },
    (held) => stateOf(relay, held),
    'locked',
  );
  const everything = async () => ({ ...(await signedIn()), ...control, 'x-waystation-key': relay.secret });
  const callers: Readonly<Record<CallerName, () => Headers | Promise<Headers>>> = {
    nobody: () => ({}),
    'own page': () => ownPage,
    key: () => ({ 'x-api-key': relay.secret }),
    'other key': () => ({ 'x-api-key': other.secret }),
    'disabled key': () => ({ 'x-api-key': disabled.secret }),
    'LAN key': () => ({ 'x-api-key': relay.secret, host: `${lanName}:${relay.port}` }),
    session: signedIn,
    'locked session': locked,
    control: () => control,
    // These two hold every credential there is, and are refused for where they come from.
    'foreign host': async () => ({ ...(await everything()), host: `192.0.2.20:${relay.port}` }),
    'foreign page': async () => ({ ...(await everything()), origin: `http://192.0.2.20:${relay.port}` }),
  };
  return {
    relay,
    headersOf: async (caller) => callers[caller](),
    rest: () => clock.advance(1_000),
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}

/** What stands in the path of a route: nothing that exists. */
export function adminRequest(route: Route): { readonly method: string; readonly path: string; readonly body?: string } {
  const names = Object.fromEntries([...route.path.matchAll(/:(\w+)/g)].map(([, name = '']) => [name, 'unknown']));
  const { method, path, body } = requestFor(route, names);
  return { method, path, ...(body !== undefined && { body }) };
}

/** The same headers as long as they stand for that, and then others. */
function keep(make: () => Promise<Headers>, look: (held: Headers) => Promise<unknown>, state: string) {
  let held: Headers | undefined;
  return async () => {
    if (held === undefined || (await look(held)) !== state) held = await make();
    return held;
  };
}

async function stateOf(relay: TestApp, headers: Headers): Promise<unknown> {
  return (await relay.request({ ...adminRequest(accessRoutes.showSession), headers })).json()['state'];
}

async function signIn(relay: TestApp, { control, ownPage }: Readonly<Record<string, Headers>>): Promise<string> {
  const made = await relay.request({
    ...adminRequest(accessRoutes.createTicket),
    headers: { ...json, ...control },
    body: '{}',
  });
  const opened = await relay.request({
    ...adminRequest(accessRoutes.openSession),
    headers: { ...json, ...ownPage },
    body: JSON.stringify({ ticket: made.json()['ticket'] }),
  });
  expect(opened.status).toBe(200);
  return opened.header('set-cookie')?.split(';', 1)[0] ?? '';
}
