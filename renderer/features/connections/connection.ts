import type { Output } from '../../../app/server/admin/contract.ts';
import type { Tone } from '../../components/state-mark.tsx';

export type Connection = Output<'listConnections'>[number];

/** What a card opened. */
export interface Opened {
  readonly tool: Connection['tool'];
  readonly what: 'connect' | 'backups';
}

export const tones: Readonly<Record<Connection['state'], Tone>> = {
  connected: 'good',
  drifted: 'caution',
  'env-conflict': 'caution',
  'not-connected': 'quiet',
  'not-installed': 'quiet',
};

export function isConnected({ state }: Connection): boolean {
  return state === 'connected' || state === 'drifted' || state === 'env-conflict';
}
