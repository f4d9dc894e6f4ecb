import type { UpdateState } from '../updates/update-state.ts';

/** One account, as the tray says it in a line. */
export interface TrayAccount {
  readonly id: string;
  readonly name: string;
  readonly state: 'active' | 'cooling-down' | 'limited' | 'needs-sign-in' | 'blocked' | 'paused' | 'expired';
  /** When its state ends by itself. */
  readonly until?: number | undefined;
  readonly windows: readonly TrayWindow[];
  /** Its owner's own cap that is nearest to its end. */
  readonly cap?: { readonly measure: 'requests' | 'cost'; readonly spent: number; readonly amount: number } | undefined;
  readonly costTodayNanoUsd: number;
}

/** A limit that its upstream tells of. */
export interface TrayWindow {
  readonly name: string;
  /** Share of 1. */
  readonly used: number;
  readonly resetsAt?: number | undefined;
  readonly runsOutAt?: number | undefined;
}

/** A program of this computer that can be connected. */
export interface TrayTool {
  readonly id: string;
  readonly name: string;
  /** A `drifted` one is connected, and something speaks against it. */
  readonly state: 'connected' | 'drifted' | 'apart';
}

/** Where the owner wants calls to go. */
export type TrayAim = { readonly kind: 'automatic' } | { readonly kind: 'prefer' | 'only'; readonly accountId: string };

export type LoginStart = 'off' | 'hidden' | 'visible';

/** Everything the tray shows; two equal ones look the same. */
export interface TrayState {
  readonly relay: 'starting' | 'running' | 'paused' | 'stopping' | 'unreachable' | 'down';
  readonly url?: string | undefined;
  readonly accounts: readonly TrayAccount[];
  readonly today?: { readonly calls: number; readonly costNanoUsd: number } | undefined;
  readonly aim?: TrayAim | undefined;
  /** Unknown before the first look. */
  readonly tools?: readonly TrayTool[] | undefined;
  readonly sharing?: { readonly isOn: boolean; readonly url?: string | undefined } | undefined;
  readonly needsAttention: boolean;
  readonly whenQuitting: 'restore' | 'leave';
  readonly loginStart: LoginStart;
  readonly update: UpdateState;
  readonly isSafe: boolean;
}

export type TrayShape = 'solid' | 'hollow' | 'dot' | 'bang';

/** States differ by shape, so that no colour has to be told apart. */
export function shapeOf({ relay, needsAttention }: Pick<TrayState, 'relay' | 'needsAttention'>): TrayShape {
  if (relay === 'down' || relay === 'unreachable') return 'bang';
  if (relay !== 'running') return 'hollow';
  return needsAttention ? 'dot' : 'solid';
}
