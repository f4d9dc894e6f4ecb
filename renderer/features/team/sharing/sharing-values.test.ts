import { expect, test } from 'vitest';
import { firewallCommands } from './firewall.ts';
import { changeOf, offered, valuesOf } from './sharing-values.ts';

const sharing = {
  ...{ isOn: false, isUnreadable: false, addresses: [], names: [], port: 8485, allowPublic: false, proxies: [] },
  encryption: 'own-authority' as const,
  standings: [],
  available: [
    { interfaceName: 'en0', address: '192.168.1.20', isPublic: false },
    { interfaceName: 'en1', address: '203.0.113.9', isPublic: true },
  ],
};

test('the only address of the own network is chosen at first, and never one that the internet reaches', () => {
  expect(valuesOf(sharing).addresses).toEqual(['192.168.1.20']);
  const more = {
    ...sharing,
    available: [...sharing.available, { interfaceName: 'en2', address: '10.0.0.2', isPublic: false }],
  };
  expect(valuesOf(more).addresses).toEqual([]);
});

test('lists are typed one a line, an empty address takes it away, and proxies count behind one only', () => {
  const values = { ...valuesOf(sharing), names: 'relay.lan\n other.lan ', publicUrl: ' https://relay.example.com/ ' };
  expect(changeOf(values)).toMatchObject({
    ...{ isOn: true, port: 8485, names: ['relay.lan', 'other.lan'], proxies: [] },
    publicUrl: 'https://relay.example.com',
  });
  expect(changeOf({ ...values, encryption: 'proxy', publicUrl: '' })).toMatchObject({
    ...{ proxies: ['127.0.0.1'], publicUrl: null },
  });
});

test('what was chosen stays to be seen when it is gone, and a proxy may come from this computer', () => {
  const chosen = { ...sharing, addresses: ['10.9.9.9'] };
  expect(offered(chosen, 'plain').map(({ address, isThere }) => [address, isThere])).toEqual([
    ['192.168.1.20', true],
    ['203.0.113.9', true],
    ['10.9.9.9', false],
  ]);
  expect(offered(chosen, 'proxy').at(-1)).toMatchObject({ address: '127.0.0.1', isThere: true });
});

test('each system has a firewall of its own', () => {
  expect(firewallCommands('linux', 8485)[0]).toContain('ufw allow 8485/tcp');
  expect(firewallCommands('windows', 8485)[0]).toContain('-LocalPort 8485');
  expect(firewallCommands('mac', 8485)[0]).toContain('socketfilterfw');
  expect(firewallCommands('other', 8485)).toEqual([]);
});
