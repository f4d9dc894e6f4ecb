import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { rangesOf } from '../keys/addresses.ts';
import { directPeer, peerAt, sharedPeer } from './peer.ts';

function from(remoteAddress: string, forwarded?: string): IncomingMessage {
  const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress });
  const request = new IncomingMessage(socket);
  if (forwarded !== undefined) request.headers['x-forwarded-for'] = forwarded;
  request.headers['x-real-ip'] = '203.0.113.99';
  request.headers['forwarded'] = 'for=203.0.113.98';
  return request;
}

test('B16 proxy-headers: without trusted proxies the socket alone says who it is', () => {
  expect(directPeer(from('::ffff:127.0.0.1', '203.0.113.7'))).toEqual({ address: '127.0.0.1', isLoopback: true });
  expect(sharedPeer(undefined)(from('127.0.0.1', '203.0.113.7'))).toEqual({ address: '127.0.0.1', isLoopback: false });
});

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '::1'],
  ['0.0.0.0', '10.0.0.2'],
  ['localhost', '10.0.0.2'],
])('on %s only a socket that can be elsewhere is asked', (host, expected) => {
  expect(peerAt(host)(from('10.0.0.2')).address).toBe(expected);
});

test.each([
  ['whom a trusted proxy heard', '10.0.0.2', '203.0.113.7', '203.0.113.7'],
  ['the last stranger before two trusted ones', '10.0.0.2', '198.51.100.1, 203.0.113.7, 10.0.0.3', '203.0.113.7'],
  ['never what a stranger wrote itself', '203.0.113.7', '10.0.0.9', '203.0.113.7'],
  ['the proxy when it names nobody', '10.0.0.2', undefined, '10.0.0.2'],
  ['the last that makes sense', '10.0.0.2', '203.0.113.7, unknown', '10.0.0.2'],
  ['an address of IPv6, in brackets or not', '10.0.0.2', '[2001:db8::7]', '2001:db8::7'],
  ['the furthest trusted one when all are', '10.0.0.2', '10.0.0.4, 10.0.0.3', '10.0.0.4'],
])('B16 proxy-headers: behind a trusted proxy a call is from %s', (_, socket, header, expected) => {
  expect(sharedPeer(rangesOf(['10.0.0.0/8']))(from(socket, header)).address).toBe(expected);
});
