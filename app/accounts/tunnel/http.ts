import { type RequestOptions, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { isIPv6, type Socket } from 'node:net';
import { describeTrouble } from '../network-trouble.ts';
import { proxyPlace, type TunnelTarget } from './target.ts';

/** Asks an HTTP proxy for a connection to the target. Rejects with a sentence's end: "the proxy …". */
export function openHttpTunnel(proxy: URL, target: TunnelTarget, connectMs: number): Promise<Socket> {
  const place = `${isIPv6(target.host) ? `[${target.host}]` : target.host}:${target.port}`;
  const isSecure = proxy.protocol === 'https:';
  const options: RequestOptions = {
    ...proxyPlace(proxy, isSecure ? 443 : 80),
    method: 'CONNECT',
    path: place,
    headers: { host: place, ...credentialOf(proxy) },
    agent: false,
  };
  return new Promise((resolve, reject) => {
    const asked = isSecure ? requestSecure(options) : requestPlain(options);
    const timer = setTimeout(() => asked.destroy(new Error('no answer in time')), connectMs);
    asked.once('connect', ({ statusCode = 0 }, socket: Socket, head) => {
      clearTimeout(timer);
      if (head.length > 0) socket.unshift(head);
      if (statusCode >= 200 && statusCode < 300) return resolve(socket);
      socket.destroy();
      reject(new Error(`the proxy refused the connection (HTTP ${statusCode})`));
    });
    asked.once('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`the proxy cannot be reached (${describeTrouble(error)})`));
    });
    asked.end();
  });
}

function credentialOf({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
