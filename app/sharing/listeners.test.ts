import { X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { NetworkInterfaceInfo } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import type { AlertDetail } from '../domain/alert.ts';
import type { Vault } from '../secrets/vault.ts';
import { manualClock } from '../state/__fixtures__/manual-clock.ts';
import { Authority, type Leaf } from './authority.ts';
import { CurrentSharing } from './current-sharing.ts';
import { SharedListeners } from './listeners.ts';
import { type SharingSettings, sharingOff } from './settings.ts';

const address = '192.0.2.10';
const on: SharingSettings = { ...sharingOff, isOn: true, addresses: [address], names: ['relay.lan'] };
const dayMs = 86_400_000;
const plainVault: Vault = {
  markerFor: async () => '',
  backend: 'key-file',
  seal: (_, text) => text,
  open: (_, text) => text,
};

let open: SharedListeners[] = [];
afterEach(async () => {
  await Promise.all(open.map((listeners) => listeners.stop()));
  open = [];
});

/** Listens here, whatever address it is asked for: no computer has those of examples. */
function elsewhereServer(): Server {
  const server = createServer();
  const listen = server.listen.bind(server);
  return Object.assign(server, {
    listen: (_: unknown, done: () => void) => listen({ host: '127.0.0.1', port: 0 }, done),
  });
}

function storedSettings() {
  const stored = new Map<string, string>();
  return {
    stored,
    get: async (name: string) => stored.get(name),
    setIfAbsent: async (name: string, value: string) => {
      if (!stored.has(name)) stored.set(name, value);
      return stored.get(name) ?? value;
    },
  };
}

function start() {
  const clock = manualClock();
  const network: { addresses: readonly string[] } = { addresses: [address] };
  const leaves: Leaf[] = [];
  const settings = storedSettings();
  const listeners = new SharedListeners({
    clock,
    warn: () => undefined,
    authority: new Authority({ settings, vault: plainVault, clock }),
    interfaces: () => ({
      en0: network.addresses.map((one) => ({ address: one, internal: false }) as NetworkInterfaceInfo),
    }),
    createServer: (leaf) => {
      if (leaf) leaves.push(leaf);
      return { server: elsewhereServer(), renew: (next) => void leaves.push(next), terminate: () => undefined };
    },
  });
  open.push(listeners);
  return { clock, network, leaves, settings, listeners };
}

test('a certificate is made anew a month before it ends, by itself, without closing what is open', async () => {
  const { clock, leaves, listeners } = start();
  await listeners.apply(on);
  const [before] = listeners.standings();
  clock.advance(59 * dayMs);
  await listeners.recheck();
  expect(leaves).toHaveLength(1);
  clock.advance(2 * dayMs);
  await listeners.recheck();
  expect(leaves).toHaveLength(2);
  const [old, next] = leaves.map(({ cert }) => new X509Certificate(cert));
  expect(next?.validToDate.getTime()).toBe(clock.now() + 90 * dayMs);
  expect([next?.issuer, next?.subjectAltName]).toEqual([old?.issuer, `IP Address:${address}, DNS:relay.lan`]);
  expect(listeners.standings()).toEqual([before]);
});

test('an address that goes away is closed, the others stay, and it is shared again when it is back', async () => {
  const { clock, network, listeners } = start();
  network.addresses = [address, '192.0.2.11'];
  await listeners.apply({ ...on, encryption: 'plain', addresses: [address, '192.0.2.11'] });
  const states = () => listeners.standings().map(({ state }) => state);
  expect(states()).toEqual(['listening', 'listening']);
  network.addresses = ['192.0.2.11'];
  // Nobody tells: it is looked for every few seconds.
  clock.advance(5_000);
  await listeners.recheck();
  expect(states()).toEqual(['absent', 'listening']);
  network.addresses = [address, '192.0.2.11'];
  clock.advance(5_000);
  await listeners.recheck();
  expect(states()).toEqual(['listening', 'listening']);
});

test('what one node stores is in force on the others, once', async () => {
  const settings = storedSettings();
  const applied: [string, boolean][] = [];
  const raised: AlertDetail[] = [];
  const node = (name: string) =>
    new CurrentSharing({
      settings,
      listeners: { apply: async ({ isOn }) => void applied.push([name, isOn]) },
      alerts: { raise: async (_, detail) => void raised.push(detail), recover: async () => undefined },
      warn: () => undefined,
    });
  const [here, there] = [node('here'), node('there')];
  settings.stored.set('sharing', JSON.stringify(on));
  await here.reload();
  await there.reload();
  await there.reload();
  expect(applied).toEqual([
    ['here', true],
    ['there', true],
  ]);
  settings.stored.set('sharing', '{');
  await there.reload();
  expect([there.settings.isOn, here.settings.isOn]).toEqual([false, true]);
  expect(raised).toMatchObject([{ kind: 'sharing-unreadable' }]);
});
