import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { languages } from '../../app/notify/words.ts';
import { textsIn } from '../texts.ts';
import { menuText } from './__fixtures__/menu-text.ts';
import { at, busyTray } from './__fixtures__/tray-states.ts';
import type { TrayItem } from './item.ts';
import { trayMenu } from './menu.ts';
import { shapeOf, type TrayState } from './state.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const states: Readonly<Record<string, TrayState>> = {
  running: busyTray,
  attention: { ...busyTray, needsAttention: true, update: { kind: 'available', version: '0.2.0' } },
  paused: { ...busyTray, relay: 'paused' },
  down: { ...busyTray, relay: 'down', url: undefined, accounts: [], today: undefined },
};

/** For people to look at: every state in every language, as text and as a page. */
test('the menus are kept as text and as a page', () => {
  const folder = join(root, 'tests', '.artifacts', 'tray');
  mkdirSync(folder, { recursive: true });
  const menus = languages.flatMap((language) =>
    Object.entries(states).map(([name, state]) => ({
      title: `${name} · ${language}`,
      state,
      items: trayMenu(state, { say: textsIn(language), language, timeZone: 'UTC', now: at('12:00') }),
    })),
  );
  writeFileSync(
    join(folder, 'menus.txt'),
    menus.map(({ title, items }) => `${title}\n\n${menuText(items)}\n`).join('\n'),
  );
  writeFileSync(
    join(folder, 'menus.html'),
    page(menus.map(({ title, state, items }) => menu(title, state, items)).join('')),
  );
  expect(menus).toHaveLength(languages.length * 4);
});

function menu(title: string, state: TrayState, items: readonly TrayItem[]): string {
  const icon = readFileSync(join(root, 'resources', 'icons', 'tray', `${shapeOf(state)}-dark@2x.png`), 'base64');
  return `<section><h2><img width="24" src="data:image/png;base64,${icon}"> ${title}</h2><ul>${items.map(line).join('')}</ul></section>`;
}

function line(item: TrayItem): string {
  if (item.type === 'separator') return '<hr>';
  const isDead = item.action === undefined && item.items === undefined;
  const end = item.items ? '▸' : (item.accelerator ?? '');
  return `<li class="${isDead ? 'dead' : ''}"><span>${item.label}</span><span>${end}</span></li>`;
}

function page(body: string): string {
  return `<!doctype html><meta charset="utf-8"><style>
    body { font: 14px sans-serif; background: #ddd; display: grid; grid-template-columns: repeat(4, 1fr); gap: 16px }
    section { background: #fff; border: 1px solid #aaa; border-radius: 8px; padding: 8px }
    h2 { font-size: 12px; display: flex; gap: 8px; align-items: center; color: #555 }
    ul { margin: 0; padding: 0; list-style: none } li { display: flex; justify-content: space-between; padding: 3px 6px }
    .dead { color: #888 } hr { border: 0; border-top: 1px solid #ddd }
  </style>${body}`;
}
