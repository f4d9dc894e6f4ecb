import { create } from 'zustand';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

interface Ui {
  readonly theme: Theme;
  /** Names, addresses and e-mails are made unreadable: for showing the window to others. */
  readonly isMasked: boolean;
  readonly isPaletteOpen: boolean;
  readonly isHelpOpen: boolean;
  /** Somebody left the first run: Home opens as itself from then on. */
  readonly isFirstRunClosed: boolean;
  setTheme(theme: Theme): void;
  toggleMask(): void;
  showPalette(isOpen: boolean): void;
  showHelp(isOpen: boolean): void;
  closeFirstRun(): void;
}

const themeName = 'waystation.theme';
const maskName = 'waystation.masked';
const firstRunName = 'waystation.first-run';

/** What this browser shows and how; nothing of it is the relay's. */
export const useUi = create<Ui>((set, get) => ({
  theme: readTheme(),
  isMasked: localStorage.getItem(maskName) === 'yes',
  isPaletteOpen: false,
  isHelpOpen: false,
  isFirstRunClosed: localStorage.getItem(firstRunName) === 'closed',
  setTheme(theme) {
    localStorage.setItem(themeName, theme);
    applyTheme(theme);
    set({ theme });
  },
  toggleMask() {
    const isMasked = !get().isMasked;
    localStorage.setItem(maskName, isMasked ? 'yes' : 'no');
    set({ isMasked });
  },
  showPalette: (isPaletteOpen) => set({ isPaletteOpen }),
  showHelp: (isHelpOpen) => set({ isHelpOpen }),
  closeFirstRun() {
    localStorage.setItem(firstRunName, 'closed');
    set({ isFirstRunClosed: true });
  },
}));

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

function readTheme(): Theme {
  const kept = localStorage.getItem(themeName);
  return themes.find((theme) => theme === kept) ?? 'system';
}
