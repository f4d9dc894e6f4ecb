import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeIcns, encodeIco } from './icons/containers.mjs';
import { encodePng } from './icons/png.mjs';
import { draw, recolour } from './icons/raster.mjs';
import { readDrawing } from './icons/svg.mjs';
import { root } from './launch/paths.mjs';

const appSizes = [16, 24, 32, 48, 64, 128, 256, 512];
const shapes = ['solid', 'hollow', 'dot', 'bang'];
/** For dark panels and for light ones. */
const colours = /** @type {const} */ ({ light: [255, 255, 255], dark: [32, 32, 32] });

/**
 * Every icon file by its path from the root, drawn from the page's own icon and the four shapes of the tray.
 *
 * @param {string} folder
 * @returns {Map<string, Buffer>}
 */
export function drawIcons(folder) {
  return new Map([...appIcons(folder), ...shapes.flatMap((shape) => trayIcons(folder, shape))]);
}

/** @param {string} folder @returns {[string, Buffer][]} */
function appIcons(folder) {
  const drawing = readDrawing(readFileSync(join(folder, 'renderer', 'assets', 'icon.svg'), 'utf8'));
  const pictures = appSizes.map((size) => ({ size, png: encodePng(draw(drawing, size)) }));
  const linux = pictures;
  return [
    ['build/icon.icns', encodeIcns(pictures)],
    ['build/icon.ico', encodeIco(pictures.filter(({ size }) => size <= 256))],
    ...linux.map(({ size, png }) => /** @type {[string, Buffer]} */ ([`build/icons/${size}x${size}.png`, png])),
  ];
}

/**
 * macOS colours its own; Windows chooses a size from one file; Linux gets one sharp enough for any panel.
 *
 * @param {string} folder
 * @param {string} shape
 * @returns {[string, Buffer][]}
 */
function trayIcons(folder, shape) {
  const place = 'resources/icons/tray';
  const drawing = readDrawing(readFileSync(join(folder, place, `${shape}.svg`), 'utf8'));
  const black = (/** @type {number} */ size) => encodePng(recolour(draw(drawing, size), [0, 0, 0]));
  const coloured = Object.entries(colours).flatMap(([theme, colour]) => {
    const png = (/** @type {number} */ size) => encodePng(recolour(draw(drawing, size), colour));
    const sizes = [16, 20, 24, 32, 40, 48].map((size) => ({ size, png: png(size) }));
    return /** @type {[string, Buffer][]} */ ([
      [`${place}/${shape}-${theme}.ico`, encodeIco(sizes)],
      [`${place}/${shape}-${theme}.png`, png(24)],
      [`${place}/${shape}-${theme}@2x.png`, png(48)],
    ]);
  });
  return [[`${place}/${shape}Template.png`, black(18)], [`${place}/${shape}Template@2x.png`, black(36)], ...coloured];
}

if (import.meta.main) {
  for (const [path, bytes] of drawIcons(root)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), bytes);
    process.stdout.write(`${path} (${bytes.length} bytes)\n`);
  }
}
