import { useEffect } from 'react';
import { useNavigate } from 'react-router';
import { useUi } from '../stores/ui.ts';
import { pages } from './pages.ts';

/** Keys that work on every page; `?` shows them. */
export function useShortcuts(): void {
  const navigate = useNavigate();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const run = event.metaKey || event.ctrlKey ? withCommand(event, navigate) : plain(event);
      if (!run) return;
      event.preventDefault();
      run();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [navigate]);
}

function withCommand(event: KeyboardEvent, navigate: (path: string) => unknown): (() => unknown) | undefined {
  if (event.altKey || event.shiftKey) return undefined;
  const { isPaletteOpen, showPalette } = useUi.getState();
  if (event.key.toLowerCase() === 'k') return () => showPalette(!isPaletteOpen);
  const page = pages[Number(event.key) - 1];
  return page && (() => navigate(page.path));
}

function plain({ key, target }: KeyboardEvent): (() => unknown) | undefined {
  if (isTyping(target)) return undefined;
  if (key === '?') return () => useUi.getState().showHelp(true);
  const filter = key === '/' ? document.querySelector<HTMLInputElement>('input[type="search"]') : null;
  return filter ? () => filter.focus() : undefined;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
