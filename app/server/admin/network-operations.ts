import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { lookupOfSystem } from '../../accounts/address-lookup.ts';
import { proxyUrl } from '../../accounts/proxy-url.ts';
import { probeProxy } from '../../accounts/tunnel/probe.ts';
import { type network, networkRoutes } from './contract-network.ts';
import { AdminError } from './errors.ts';
import { operation, parseInput } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'config' | 'commonProxy' | 'ports' | 'live'>;

/** Somewhere that is always there and that most people want to reach. */
const farSide = 'https://api.anthropic.com';
const connectMs = 10_000;

const fileSettings = z.looseObject({ port: z.unknown() }).partial();

export function networkOperations(parts: Parts) {
  const { config, commonProxy, ports } = parts;
  return {
    showNetwork: operation(networkRoutes.showNetwork, async () => show(parts)),
    changePort: operation(networkRoutes.changePort, async ({ port }) => {
      if (config.portFrom === 'start') {
        throw new AdminError(
          'conflict',
          'The port is given at the start, by --port or WAYSTATION_PORT. Change it there.',
        );
      }
      keepPort(config.configFile, port);
      return show(parts);
    }),
    setProxy: operation(networkRoutes.setProxy, async ({ proxy }) => {
      await commonProxy.set(parseInput(z.object({ proxy: proxyUrl }), { proxy }).proxy);
      return show(parts);
    }),
    clearProxy: operation(networkRoutes.clearProxy, async () => {
      await commonProxy.clear();
      return show(parts);
    }),
    testProxy: operation(networkRoutes.testProxy, async () => {
      const proxy = commonProxy.current();
      if (proxy === undefined) throw new AdminError('request-invalid', 'There is no proxy to test. Set one first.');
      const way = { origin: farSide, allowLocal: false, lookup: lookupOfSystem, connectMs, clock: ports.clock };
      const { ok, message } = await probeProxy(new URL(proxy), way);
      return { ok, origin: farSide, message };
    }),
  };
}

function show({ config, commonProxy, live }: Parts): z.output<typeof network> {
  const { host, portFrom, allowedHosts } = config;
  const kept = Number(readFile(config.configFile)['port'] ?? config.port);
  return {
    url: live?.url() ?? null,
    ...{ host, port: config.port, nextPort: portFrom === 'start' ? config.port : kept, portFrom },
    allowedHosts: [...allowedHosts],
    proxy: describeProxy(commonProxy),
  };
}

function describeProxy(commonProxy: Parts['commonProxy']) {
  try {
    const url = commonProxy.current();
    if (url === undefined) return null;
    const { protocol, host, password } = new URL(url);
    return { protocol: protocol.slice(0, -1), host, isReadable: true, hasPassword: password !== '' };
  } catch {
    return { protocol: '', host: '', isReadable: false, hasPassword: false };
  }
}

/** It was whole when the relay started; whoever broke it since is told. */
function readFile(path: string): z.output<typeof fileSettings> {
  if (!existsSync(path)) return {};
  try {
    return fileSettings.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    throw new AdminError('conflict', `${path} is not a JSON object any more. Mend or remove it.`);
  }
}

/** Everything else in the file stays; it is written whole or not at all. */
function keepPort(path: string, port: number): void {
  const settings = { ...readFile(path), port };
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  writeFileSync(temporary, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}
