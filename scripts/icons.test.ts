import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodePng, encodePng } from './icons/png.mjs';
import { draw } from './icons/raster.mjs';
import { readDrawing } from './icons/svg.mjs';
import { drawIcons } from './icons.mjs';
import { root } from './launch/paths.mjs';

const icons = drawIcons(root);
const alphaOf = (path: string) => decodePng(icons.get(path) ?? Buffer.alloc(0)).pixels.filter((_, at) => at % 4 === 3);
const tray = (name: string) => `resources/icons/tray/${name}`;

test('the icons that are kept are what the pictures say', () => {
  for (const [path, bytes] of icons) {
    const kept = readFileSync(join(root, path));
    // Packed bytes may differ from one Node to the next, pixels may not.
    if (path.endsWith('.png')) expect(decodePng(kept), path).toEqual(decodePng(bytes));
    else expect(kept.subarray(0, 4), path).toEqual(bytes.subarray(0, 4));
  }
  expect(icons.size).toBe(2 + 8 + 4 * 8);
});

test('the four states of the tray differ by shape alone, at the smallest size too', () => {
  const shapes = ['solid', 'hollow', 'dot', 'bang'].map((shape) => alphaOf(tray(`${shape}Template.png`)));
  for (const [at, one] of shapes.entries()) {
    for (const other of shapes.slice(at + 1)) {
      const different = one.filter((alpha, pixel) => Math.abs(alpha - (other[pixel] ?? 0)) > 128).length;
      expect(different).toBeGreaterThan(one.length * 0.08);
    }
  }
});

test('a template is black, and light and dark ones have the same shape', () => {
  const template = decodePng(icons.get(tray('dotTemplate.png')) ?? Buffer.alloc(0)).pixels;
  expect(template.some((value, at) => at % 4 !== 3 && value !== 0)).toBe(false);
  expect(alphaOf(tray('dot-light.png'))).toEqual(alphaOf(tray('dot-dark.png')));
});

test('an icon for Windows has each size, and one for macOS each place', () => {
  const ico = icons.get('build/icon.ico') ?? Buffer.alloc(0);
  const widths = Array.from({ length: ico.readUInt16LE(4) }, (_, at) => ico[6 + 16 * at]);
  expect(widths).toEqual([16, 24, 32, 48, 64, 128, 0]);
  const icns = icons.get('build/icon.icns') ?? Buffer.alloc(0);
  expect(icns.readUInt32BE(4)).toBe(icns.length);
  const places: string[] = [];
  for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) places.push(icns.toString('latin1', at, at + 4));
  expect(places).toEqual(['icp4', 'icp5', 'ic11', 'ic12', 'ic07', 'ic13', 'ic08', 'ic14', 'ic09']);
});

test('shapes cover what they say, and a picture survives its file', () => {
  const drawing = readDrawing('<svg viewBox="0 0 4 4"><rect x="1" y="1" width="2" height="2" fill="#f00" /></svg>');
  const picture = draw(drawing, 4);
  const red = [...picture.pixels]
    .map((value, at) => (at % 4 === 3 ? value : undefined))
    .filter((alpha) => alpha === 255);
  expect(red).toHaveLength(4);
  expect(decodePng(encodePng(picture))).toEqual(picture);
  expect(() => readDrawing('<svg viewBox="0 0 4 4"><path d="M0 0A1 1 0 0 0 1 1" fill="#000" /></svg>')).toThrow(
    /A in a path/,
  );
});
