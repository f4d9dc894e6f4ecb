import type { TrayItem } from '../item.ts';

/** A menu as lines, for people and tests. */
export function menuText(items: readonly TrayItem[], indent = ''): string {
  return items.map((item) => lineOf(item, indent)).join('\n');
}

function lineOf(item: TrayItem, indent: string): string {
  if (item.type === 'separator') return `${indent}─────`;
  const mark = item.isChecked ? `${indent.slice(2)}✓ ` : indent;
  const key = item.accelerator === undefined ? '' : `  [${item.accelerator}]`;
  const own = `${mark}${item.label}${key}`;
  return item.items ? `${own} ▸\n${menuText(item.items, `${indent}  `)}` : own;
}
