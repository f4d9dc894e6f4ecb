import { useUi } from '../stores/ui.ts';

/** A name, an address or an e-mail: not to be read while the window is shown to others. */
export function Masked({ text }: { readonly text: string }) {
  const shown = useMaskedName(text);
  return shown === text ? text : <span title="•••">{shown}</span>;
}

/** The same inside of a sentence. */
export function useMaskedName(text: string): string {
  const isMasked = useUi((ui) => ui.isMasked);
  return isMasked && text !== '' ? `${text.slice(0, 1)}•••••` : text;
}

/** Many of them. */
export function useMaskedNames(texts: readonly string[]): readonly string[] {
  const isMasked = useUi((ui) => ui.isMasked);
  return isMasked ? texts.map((text) => `${text.slice(0, 1)}•••••`) : texts;
}
