import { expect, test } from 'vitest';
import { appLink } from '../app/server/join/contract.ts';
import { deepLinkIn, pageOf, parseDeepLink } from './deep-link.ts';

const token = `${'A-b_'.repeat(10)}xyz`;
const authority = '0123456789abcdef'.repeat(4);
const join = (host: string, rest = `t=${token}&ca=${authority}`) => `waystation://join/${host}#${rest}`;

test.each([
  ['waystation://open/live', { kind: 'open', page: 'live' }],
  ['waystation://open/live/', { kind: 'open', page: 'live' }],
  ['waystation://connect/claude-code', { kind: 'connect', tool: 'claude-code' }],
])('%s is a link of ours', (text, link) => {
  expect(parseDeepLink(text)).toEqual(link);
});

test.each([
  ['an address and a port', 'https/192.168.1.20:8485', 'https://192.168.1.20:8485'],
  ['a name', 'https/relay.example.com', 'https://relay.example.com'],
  ['plain text', 'http/10.0.0.5:8485/', 'http://10.0.0.5:8485'],
  ['IPv6', 'https/[fd00::1]:8485', 'https://[fd00::1]:8485'],
])('B15 deep-link: an invite of a host with %s is shown as that host', (_, host, origin) => {
  const invite = `${origin}/join/#t=${token}&ca=${authority}`;
  expect(parseDeepLink(join(host))).toEqual({ kind: 'join', origin, invite });
  expect(parseDeepLink(appLink(origin, { token, fingerprint: authority.toUpperCase() }))).toMatchObject({
    origin,
    invite,
  });
  expect(pageOf({ kind: 'join', origin, invite })).toBe('accounts?join=1');
});

test.each([
  ['a key instead of an invite', join('https/192.168.1.20:8485', 'key=wsk_0123456789012345678901234567890123456789')],
  ['a key beside it', join('https/192.168.1.20:8485', `t=${token}&key=wsk_0123456789`)],
  ['a key in the query', `waystation://join/https/192.168.1.20:8485?key=wsk_0123456789#t=${token}`],
  ['a user', join('https/somebody@192.168.1.20:8485')],
  ['another scheme', join('file/192.168.1.20:8485')],
  ['a path', join('https/192.168.1.20:8485/admin')],
  ['a number for an address', join('https/3232235796')],
  ['a port that is none', join('https/192.168.1.20:99999')],
  ['the port that everybody leaves out', join('https/relay.example.com:443')],
  ['letters that look like others', join('https/rel\u0430y.example.com')],
  ['upper case', join('https/RELAY.example.com')],
  ['no invite', 'waystation://join/https/192.168.1.20:8485'],
  ['half an invite', join('https/192.168.1.20:8485', `t=${token.slice(1)}`)],
  ['an authority that is none', join('https/192.168.1.20:8485', `t=${token}&ca=xyz`)],
  ['a second line', `${join('https/192.168.1.20:8485')}\n--inspect`],
  ['too long a name', join(`https/${'a'.repeat(500)}`)],
])('B15 deep-link: an invite with %s is refused', (_, text) => {
  expect(parseDeepLink(text)).toBeUndefined();
});

test.each([
  ['script', 'waystation://open/javascript:alert(1)'],
  ['markup', 'waystation://open/<img src=x>'],
  ['another scheme', 'javascript://open/live'],
  ['a path', 'waystation://open/../../etc/passwd'],
  ['a Windows path', String.raw`waystation://open/C:\Windows`],
  ['an escaped path', 'waystation://open/%2e%2e%2flive'],
  ['a key in the query', 'waystation://connect/claude-code?key=wsk_0123456789'],
  ['a key in the fragment', 'waystation://open/live#key=wsk_0123456789'],
  ['an address', 'waystation://connect/https://evil.example'],
  ['a user', 'waystation://user@open/live'],
  ['a port', 'waystation://open:80/live'],
  ['an argument', 'waystation://open/live --data-dir=/tmp'],
  ['a second line', 'waystation://open/live\n--inspect'],
  ['a line before', 'x\nwaystation://open/live'],
  ['too much', `waystation://open/${'a'.repeat(200)}`],
  ['a Cyrillic letter', 'waystation://open/\u043bive'],
  ['a wide letter', 'waystation://open/\uff4cive'],
  ['a zero-width letter', 'waystation://open/li\u200bve'],
  ['text that runs backwards', 'waystation://open/\u202elive'],
  ['a combining mark', 'waystation://open/live\u0301'],
  ['upper case', 'WAYSTATION://OPEN/LIVE'],
  ['an unknown action', 'waystation://run/live'],
  ['an unknown page', 'waystation://open/secrets'],
  ['an unknown tool', 'waystation://connect/constructor'],
  ['no page', 'waystation://open'],
  ['nothing', ''],
])('B15 deep-link: %s is refused', (_, text) => {
  expect(parseDeepLink(text)).toBeUndefined();
});

test('a launch names its link somewhere among its arguments', () => {
  const argv = ['/opt/waystation', '--allow-file-access', 'waystation://run/x', 'waystation://open/usage'];
  expect(deepLinkIn(argv)).toEqual({ kind: 'open', page: 'usage' });
  expect(deepLinkIn(['/opt/waystation'])).toBeUndefined();
});

test('a tool is shown among the connections', () => {
  expect(pageOf({ kind: 'connect', tool: 'codex' })).toBe('connections?tool=codex');
  expect(pageOf({ kind: 'open', page: 'team' })).toBe('team');
});
