import type { Preferences } from './preferences.ts';

export type CloseBehaviour = 'hide' | 'quit' | 'minimise' | 'ask';

interface Surroundings {
  /** Whether a hidden app can be found again: by its tray icon, or by the Dock. */
  readonly canHide: boolean;
  readonly whenClosed: Preferences['whenClosed'];
}

/** What closing the window does. Nothing is ever hidden where nobody could find it again. */
export function closeBehaviour({ canHide, whenClosed }: Surroundings): CloseBehaviour {
  return canHide ? 'hide' : whenClosed;
}
