import { useUi } from '../stores/ui.ts';

/** A name, an address or an e-mail: not to be read while the window is shown to others. */
export function Masked({ text }: { readonly text: string }) {
  const isMasked = useUi((ui) => ui.isMasked);
  if (!isMasked) return text;
  return <span title="•••">{`${text.slice(0, 1)}•••••`}</span>;
}
