import type { Tone } from '../../components/state-mark.tsx';
import type { Key } from './key-values.ts';

export const keyStates = ['works', 'disabled', 'suspended', 'expired', 'removed'] as const;
export type KeyState = (typeof keyStates)[number];

export const keyTones: Readonly<Record<KeyState, Tone>> = {
  works: 'good',
  disabled: 'quiet',
  suspended: 'caution',
  expired: 'caution',
  removed: 'quiet',
};

/** Whether calls with it are taken, and if not, why. */
export function keyState(key: Key, now: number): KeyState {
  if (key.removedAt !== undefined) return 'removed';
  if (!key.isEnabled) return 'disabled';
  if (key.memberState !== undefined && key.memberState !== 'active') return 'suspended';
  return (endOf(key) ?? Number.POSITIVE_INFINITY) <= now ? 'expired' : 'works';
}

/** Undefined: never, or not before its first use. */
export function endOf({ expiresAt, lifetimeMs, activatedAt }: Key): number | undefined {
  if (lifetimeMs === undefined || activatedAt === undefined) return expiresAt;
  return Math.min(expiresAt ?? Number.POSITIVE_INFINITY, activatedAt + lifetimeMs);
}

export interface KeyFilter {
  /** Words that are somewhere in its name, labels, note or beginning. */
  readonly text: string;
  readonly tag: string;
  readonly memberId: string;
  readonly state: KeyState | '';
}

export const noFilter: KeyFilter = { text: '', tag: '', memberId: '', state: '' };

export function matches(key: Key, { text, tag, memberId, state }: KeyFilter, now: number): boolean {
  const said = [key.name, key.owner, key.memberName, key.note, key.prefix, key.id, ...key.tags].join(' ').toLowerCase();
  return (
    text
      .toLowerCase()
      .split(/\s+/)
      .every((word) => said.includes(word)) &&
    (tag === '' || key.tags.includes(tag)) &&
    (memberId === '' || key.memberId === memberId) &&
    (state === '' || keyState(key, now) === state)
  );
}
