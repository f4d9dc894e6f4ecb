import type { DesktopCall } from '../../app/server/admin/contract-desktop.ts';

/** Every channel between the page and this process. The preload script carries the names only. */
export const channels = {
  show: 'desktop:show',
  change: 'desktop:change',
  takeInvite: 'desktop:take-invite',
  testNotification: 'desktop:test-notification',
  openDataFolder: 'desktop:open-data-folder',
  checkForUpdate: 'desktop:check-for-update',
  downloadUpdate: 'desktop:download-update',
  installUpdate: 'desktop:install-update',
} as const satisfies Readonly<Record<DesktopCall, string>>;
