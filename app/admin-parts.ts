import type { RequestListener } from 'node:http';
import type { RequestHandler } from 'express';
import type { Loggers } from './log.ts';
import { findPages } from './pages-folder.ts';
import type { Parts } from './parts.ts';
import { SecondFactors } from './people/second-factors.ts';
import { SignInRepository } from './people/sign-in-repository.ts';
import { protocols } from './protocols/index.ts';
import { backupFile } from './server/admin/backup-operations.ts';
import { AdminDoor } from './server/admin/door.ts';
import { LanDoor } from './server/admin/lan-door.ts';
import { adminRouter, type MountOptions } from './server/admin/mount.ts';
import type { CheckedOperations } from './server/admin/operation.ts';
import type { SessionState } from './server/admin/sessions.ts';
import { exportUsage } from './server/admin/usage-export.ts';
import { createExpressApp, createSharedApp, type ExpressDeps, type MeRouters } from './server/express-app.ts';
import { metricsHandler } from './server/metrics.ts';
import { MetricsToken } from './server/metrics-token.ts';
import type { Seen } from './server/peer.ts';

export interface Doors {
  /** For whoever sits at this computer. */
  readonly own: AdminDoor;
  /** For members at another one. */
  readonly lan: LanDoor;
}

export function createDoors(parts: Parts, loggers: Pick<Loggers, 'of'>): Doors {
  const { store, vault, members, ports } = parts;
  const { clock } = ports;
  const report = (error: unknown) =>
    loggers.of('admin').warn('a refused sign-in could not be recorded', { error: String(error) });
  const signIns = new SignInRepository(store, clock);
  const factors = new SecondFactors(store, vault, clock);
  return {
    own: new AdminDoor({ clock, store, report }),
    lan: new LanDoor({ clock, store, members, signIns, factors, report }),
  };
}

export interface AppsDeps extends Pick<MountOptions, 'token' | 'feed' | 'version'>, Pick<ExpressDeps, 'health'> {
  readonly doors: Doors;
  readonly me: MeRouters;
  readonly loggers: Pick<Loggers, 'of'>;
}

function createMetrics(parts: Parts, controlToken: string | undefined, version: string): RequestHandler {
  const { settings, accountRepository: accounts, rollups, ports } = parts;
  const { clock } = ports;
  return metricsHandler({ controlToken, token: new MetricsToken(settings), accounts, rollups, clock, version });
}

/** Everything beside the relayed paths: as this computer gets it, and as others do. */
export function createApps(
  parts: Parts,
  operations: CheckedOperations,
  { token, doors, me, loggers, health, ...deps }: AppsDeps,
): { readonly own: RequestListener; shared(seen: Seen): RequestListener } {
  const log = loggers.of('admin');
  const options = {
    ...deps,
    clock: parts.ports.clock,
    report: (error: unknown) => log.error('an admin request failed', { error: String(error) }),
    exportUsage: (question: Parameters<typeof exportUsage>[1]) => exportUsage(parts.usage, question),
    backupFile: (name: string) => backupFile(parts.config, name),
  };
  const { own, lan } = doors;
  const common = { me, pagesFolder: findPages(), protocol: protocols.anthropic };
  // The control token is of this computer: from another one it opens nothing.
  const forMembers = { token: undefined, door: lan, roleOf: (session: SessionState) => lan.roleOf(session) };
  const elsewhere = (seen: Seen) => adminRouter(operations, { ...options, ...forMembers, seen });
  return {
    own: createExpressApp({
      ...{ ...common, health },
      adminApi: adminRouter(operations, { ...options, token, door: own }),
      metrics: createMetrics(parts, token, deps.version),
    }),
    shared: (seen) =>
      createSharedApp({ ...common, seen, admin: { api: elsewhere, isOpenTo: (how) => lan.isOpenTo(how) } }),
  };
}
