import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import type { Clock } from '../../domain/clock.ts';
import type { LookupRules } from '../address-lookup.ts';
import { describeTrouble } from '../network-trouble.ts';
import { checkUpstreamAddress } from '../upstream-address.ts';
import { openThrough, targetHost } from './connector.ts';
import { proxyPlace } from './target.ts';

/** `proxy`: it takes a connection; `tunnel`: it leads to the upstream; `tls`: the upstream proves who it is. */
export type ProbePhase = 'proxy' | 'tunnel' | 'tls';

export interface ProbeStep {
  readonly phase: ProbePhase;
  readonly ok: boolean;
  readonly ms: number;
}

export interface ProxyProbe {
  readonly ok: boolean;
  /** As far as it came. */
  readonly steps: readonly ProbeStep[];
  /** What failed, and what to do. */
  readonly message: string;
}

export interface ProbeOptions extends LookupRules {
  /** Of the upstream. */
  readonly origin: string;
  readonly connectMs: number;
  readonly clock: Pick<Clock, 'monotonic'>;
}

const usualPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'socks5:': 1080, 'socks5h:': 1080 };

/** Goes through an account's proxy to its upstream, and says nothing there: no request, and no credential of the account. */
export async function probeProxy(proxy: URL, options: ProbeOptions): Promise<ProxyProbe> {
  const upstream = new URL(options.origin);
  const verdict = checkUpstreamAddress(options.origin, options);
  if (!verdict.allowed) return { ok: false, steps: [], message: `The proxy was not asked: ${verdict.reason}.` };
  const steps: ProbeStep[] = [];
  const opened = new Set<Socket>();
  try {
    const take = async (phase: ProbePhase, step: () => Promise<Socket>): Promise<Socket> => {
      const startedAt = options.clock.monotonic();
      const note = (ok: boolean) => steps.push({ phase, ok, ms: Math.round(options.clock.monotonic() - startedAt) });
      try {
        const socket = await step();
        socket.on('error', () => undefined);
        opened.add(socket);
        note(true);
        return socket;
      } catch (error) {
        note(false);
        throw new ProbeFailed(failures[phase](error, upstream));
      }
    };
    await take('proxy', () => knock(proxy, options));
    const wanted = { hostname: bare(upstream.hostname), protocol: upstream.protocol, port: upstream.port };
    const tunnel = await take('tunnel', () => tunnelTo(proxy, wanted, options));
    if (upstream.protocol === 'https:') {
      // NOTE: from here on it is TLS's to end; ending both crashes Node.
      opened.delete(tunnel);
      await take('tls', () => greet(tunnel, wanted.hostname, options));
    }
    return { ok: true, steps, message: `The proxy leads to ${options.origin}.` };
  } catch (error) {
    if (!(error instanceof ProbeFailed)) throw error;
    return { ok: false, steps, message: error.message };
  } finally {
    for (const socket of opened) socket.destroy();
  }
}

class ProbeFailed extends Error {}

function knock(proxy: URL, { connectMs }: ProbeOptions): Promise<Socket> {
  const socket = connect(proxyPlace(proxy, usualPorts[proxy.protocol] ?? 80));
  return inTime(socket, 'connect', connectMs);
}

async function tunnelTo(
  proxy: URL,
  wanted: { readonly hostname: string; readonly protocol: string; readonly port: string },
  options: ProbeOptions,
): Promise<Socket> {
  const usualPort = wanted.protocol === 'https:' ? 443 : 80;
  const target = { host: await targetHost(wanted, options), port: Number(wanted.port || usualPort) };
  return await openThrough(proxy, target, options.connectMs);
}

function greet(socket: Socket, hostname: string, { connectMs }: ProbeOptions): Promise<Socket> {
  const secure = connectSecure({ socket, ...(isIP(hostname) === 0 ? { servername: hostname } : { host: hostname }) });
  return inTime(secure, 'secureConnect', connectMs);
}

function inTime<Kind extends Socket>(socket: Kind, event: string, limitMs: number): Promise<Kind> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error('no answer in time')), limitMs);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      settle();
    };
    socket.once(event, () => end(() => resolve(socket)));
    socket.once('error', (error) => end(() => reject(error)));
    socket.once('close', () => end(() => reject(new Error('the connection was closed'))));
  });
}

const failures: Readonly<Record<ProbePhase, (error: unknown, upstream: URL) => string>> = {
  proxy: (error) =>
    `The proxy does not answer (${describeTrouble(error)}). Check that it runs, and its address and port: ` +
    'waystation account update NAME --proxy URL',
  tunnel: (error, { host }) => {
    const what = error instanceof Error ? error.message : String(error);
    return `The proxy answers, but does not lead to ${host}: ${what}. ${remedyOf(what)}`;
  },
  tls: (error, { host }) =>
    `The proxy leads on, but what answers there does not prove to be ${host} (${describeTrouble(error)}). ` +
    'Either the proxy opens TLS itself, or it leads elsewhere. No credential is sent over it: use another proxy.',
};

function remedyOf(what: string): string {
  if (/user name|sign-in|HTTP 407/.test(what)) {
    return 'Give its user name and password in the URL: waystation account update NAME --proxy URL';
  }
  if (/HTTP 403|rules forbid/.test(what)) return 'Let its rules allow this address, or use another proxy.';
  if (/does not speak|broke off|HTTP 4|Parse Error|HPE_/.test(what)) {
    return 'It may be a proxy of another kind: try http://, https:// or socks5:// in its URL.';
  }
  return 'See that the proxy itself reaches the upstream, or use another one.';
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
