import type { FlagValues } from './flags.ts';

/** IANA name of where this computer is. */
export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** What days, weeks and months go by. */
export function timeZoneOf(flags: FlagValues): string {
  return flags.text('time-zone') ?? localZone();
}
