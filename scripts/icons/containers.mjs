/** @typedef {{ readonly size: number, readonly png: Buffer }} Sized */

/**
 * Windows: a table, then the pictures as PNG.
 *
 * @param {readonly Sized[]} pictures Up to 256 pixels wide.
 */
export function encodeIco(pictures) {
  const table = Buffer.alloc(6 + 16 * pictures.length);
  table.writeUInt16LE(1, 2);
  table.writeUInt16LE(pictures.length, 4);
  let offset = table.length;
  pictures.forEach(({ size, png }, at) => {
    const entry = table.subarray(6 + 16 * at);
    // 256 is written as 0.
    entry.set([size % 256, size % 256], 0);
    entry.writeUInt16LE(1, 4);
    entry.writeUInt16LE(32, 6);
    entry.writeUInt32LE(png.length, 8);
    entry.writeUInt32LE(offset, 12);
    offset += png.length;
  });
  return Buffer.concat([table, ...pictures.map(({ png }) => png)]);
}

/** macOS names each place by four letters; the same size stands for itself and for half of it on sharp screens. */
const icnsPlaces = /** @type {const} */ ([
  ['icp4', 16],
  ['icp5', 32],
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic13', 256],
  ['ic08', 256],
  ['ic14', 512],
  ['ic09', 512],
]);

/** @param {readonly Sized[]} pictures Of all sizes from 16 to 512. */
export function encodeIcns(pictures) {
  const places = icnsPlaces.map(([name, wanted]) => {
    const png = pictures.find(({ size }) => size === wanted)?.png;
    if (!png) throw new Error(`No picture is ${wanted} pixels wide`);
    return frame(name, png);
  });
  return frame('icns', Buffer.concat(places));
}

/** @param {string} name @param {Buffer} data */
function frame(name, data) {
  const head = Buffer.alloc(8);
  head.write(name, 0, 'latin1');
  head.writeUInt32BE(data.length + 8, 4);
  return Buffer.concat([head, data]);
}
