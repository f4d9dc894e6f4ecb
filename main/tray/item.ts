import type { LoginStart, TrayAim } from './state.ts';

/** What a click asks the shell to do. */
export type TrayAction =
  | { readonly kind: 'copy'; readonly text: string }
  | { readonly kind: 'show'; readonly page?: string }
  | { readonly kind: 'pause' | 'resume' | 'check-updates' | 'download-update' | 'install-update' | 'quit' }
  | { readonly kind: 'disconnect-tools' }
  | { readonly kind: 'aim'; readonly aim: TrayAim }
  | { readonly kind: 'login-start'; readonly value: LoginStart };

export type TrayItem =
  | { readonly type: 'separator' }
  | {
      readonly type: 'item';
      readonly label: string;
      /** Without one, and without items of its own, it only tells something. */
      readonly action?: TrayAction | undefined;
      readonly isChecked?: boolean | undefined;
      readonly accelerator?: string | undefined;
      readonly items?: readonly TrayItem[] | undefined;
    };

/** Some hosts on Linux cut what is longer. */
const longestLabel = 60;

export const line: TrayItem = { type: 'separator' };

export function item(
  label: string,
  action?: TrayAction,
  more: { readonly isChecked?: boolean; readonly accelerator?: string } = {},
): TrayItem {
  return { type: 'item', label: cut(label), action, ...more };
}

export function submenu(label: string, items: readonly TrayItem[]): TrayItem {
  return { type: 'item', label: cut(label), items };
}

export function cut(label: string): string {
  const letters = [...new Intl.Segmenter().segment(label)];
  if (letters.length <= longestLabel) return label;
  return `${letters
    .slice(0, longestLabel - 1)
    .map(({ segment }) => segment)
    .join('')}…`;
}
