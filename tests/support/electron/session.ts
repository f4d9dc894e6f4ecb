import type Electron from 'electron';
import type { CDPSession } from 'playwright-core';
import { onlyModelled } from './not-modelled.ts';

type RequestHandler = Parameters<Electron.Session['setPermissionRequestHandler']>[0];
type CheckHandler = Parameters<Electron.Session['setPermissionCheckHandler']>[0];

/** Electron's names of permissions, and Chromium's. */
const permissions = {
  'clipboard-sanitized-write': 'clipboard-write',
  'clipboard-read': 'clipboard-read',
  geolocation: 'geolocation',
  notifications: 'notifications',
} as const;

let decideRequest: RequestHandler = null;
let decideCheck: CheckHandler = null;

const defaultSession = {
  setPermissionRequestHandler(handler: RequestHandler) {
    decideRequest = handler;
  },
  setPermissionCheckHandler(handler: CheckHandler) {
    decideCheck = handler;
  },
} satisfies Pick<Electron.Session, 'setPermissionRequestHandler' | 'setPermissionCheckHandler'>;

export const session = onlyModelled('session', {
  defaultSession: onlyModelled('session.defaultSession', defaultSession),
});

/**
 * Sets the real browser's permissions as the handlers decide; without handlers Electron grants everything. They last as
 * long as the session that set them.
 */
export async function grantAsAsked(devTools: CDPSession, origin: string): Promise<void> {
  await Promise.all(
    Object.entries(permissions).map(([name, chromiumName]) =>
      devTools.send('Browser.setPermission', {
        origin,
        permission: { name: chromiumName },
        setting: isGranted(name) ? 'granted' : 'denied',
      }),
    ),
  );
}

function isGranted(name: string): boolean {
  let isGrantedOnRequest = decideRequest === null;
  // The handlers get what the double has: a permission's name.
  const ask: unknown = decideRequest;
  if (typeof ask === 'function') ask(null, name, (answer: boolean) => (isGrantedOnRequest = answer), {});
  const check: unknown = decideCheck;
  const isGrantedOnCheck = typeof check === 'function' ? check(null, name, '', {}) === true : true;
  return isGrantedOnRequest && isGrantedOnCheck;
}
