import type { WindowSpec } from './state.ts';

/** Every key name of the live state. They are made here and nowhere else. */
export interface Keys {
  /** One key for each period of a fixed window. */
  fixedWindow(name: string, spec: WindowSpec, period: number): string;
  /** One key for the whole of a rolling window. */
  rollingWindow(name: string, spec: WindowSpec): string;
  leases(name: string): string;
  /** One key for each window of a budget. */
  spent(window: string, name: string): string;
  held(window: string, name: string): string;
  fence(window: string, name: string): string;
  lock(name: string): string;
  mark(name: string): string;
}

export const defaultPrefix = 'ws:';

/** Names come last, because they may contain anything. */
export function createKeys(prefix: string): Keys {
  return {
    fixedWindow: (name, { lengthMs }, period) => `${prefix}fixed:${lengthMs}:${period}:${name}`,
    rollingWindow: (name, { lengthMs }) => `${prefix}rolling:${lengthMs}:${name}`,
    spent: (window, name) => `${prefix}spent:${window}:${name}`,
    held: (window, name) => `${prefix}held:${window}:${name}`,
    fence: (window, name) => `${prefix}fence:${window}:${name}`,
    leases: (name) => `${prefix}leases:${name}`,
    lock: (name) => `${prefix}lock:${name}`,
    mark: (name) => `${prefix}mark:${name}`,
  };
}
