import type { Output } from '../../../../app/server/admin/contract.ts';

type Platform = Output<'checkSharing'>['platform'];

/** What shows whether something is in the way, and what opens the port. */
export function firewallCommands(platform: Platform, port: number): readonly string[] {
  switch (platform) {
    case 'linux':
      return [`sudo ufw status && sudo ufw allow ${port}/tcp`, `sudo firewall-cmd --add-port=${port}/tcp --permanent`];
    case 'mac':
      return ['/usr/libexec/ApplicationFirewall/socketfilterfw --getglobalstate --listapps'];
    case 'windows':
      return [
        `New-NetFirewallRule -DisplayName Waystation -Direction Inbound -Protocol TCP -LocalPort ${port} -Action Allow -Profile Private`,
      ];
    case 'other':
      return [];
  }
}
