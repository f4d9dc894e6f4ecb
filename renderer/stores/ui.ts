import { create } from 'zustand';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

interface Ui {
  readonly theme: Theme;
  /** Names, addresses and e-mails are made unreadable: for showing the window to others. */
  readonly isMasked: boolean;
  readonly isPaletteOpen: boolean;
  readonly isHelpOpen: boolean;
  setTheme(theme: Theme): void;
  toggleMask(): void;
  showPalette(isOpen: boolean): void;
  showHelp(isOpen: boolean): void;
}

const themeName = 'waystation.theme';
const maskName = 'waystation.masked';

/** What this browser shows and how; nothing of it is the relay's. */
export const useUi = create<Ui>((set, get) => ({
  theme: readTheme(),
  isMasked: localStorage.getItem(maskName) === 'yes',
  isPaletteOpen: false,
  isHelpOpen: false,
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
}));

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

function readTheme(): Theme {
  const kept = localStorage.getItem(themeName);
  return themes.find((theme) => theme === kept) ?? 'system';
}
