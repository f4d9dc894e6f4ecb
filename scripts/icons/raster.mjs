/** @typedef {import('./svg.mjs').Drawing} Drawing @typedef {import('./svg.mjs').Shape} Shape */
/** @typedef {import('./svg.mjs').Outline} Outline @typedef {import('./svg.mjs').Point} Point */

/** @typedef {{ readonly size: number, readonly pixels: Uint8Array }} Picture RGBA, row by row. */

/** Points that are looked at in each direction of a pixel. */
const samples = 4;

/**
 * @param {Drawing} drawing
 * @param {number} size
 * @returns {Picture}
 */
export function draw(drawing, size) {
  const pixels = new Uint8Array(size * size * 4);
  for (const shape of drawing.shapes) {
    const hits = hitsOf(shape, size * samples, drawing.size / (size * samples));
    hits.forEach((count, at) => {
      if (count > 0) blend(pixels.subarray(at * 4, at * 4 + 4), shape.colour, count / (samples * samples));
    });
  }
  return { size, pixels };
}

/**
 * The same shape in another colour: only its alpha stays.
 *
 * @param {Picture} picture
 * @param {readonly [number, number, number]} colour
 * @returns {Picture}
 */
export function recolour({ size, pixels }, colour) {
  return { size, pixels: pixels.map((value, at) => (at % 4 === 3 ? value : (colour[at % 4] ?? 0))) };
}

/**
 * How many of its points each pixel has inside the shape.
 *
 * @param {Shape} shape
 * @param {number} lines
 * @param {number} scale
 */
function hitsOf(shape, lines, scale) {
  const size = lines / samples;
  const hits = new Uint8Array(size * size);
  for (let line = 0; line < lines; line += 1) {
    const y = (line + 0.5) * scale;
    const isInside = shape.strokeWidth === undefined ? insideLine(shape, y) : nearLine(shape, y);
    for (let column = 0; column < lines; column += 1) {
      if (!isInside((column + 0.5) * scale)) continue;
      const at = Math.floor(line / samples) * size + Math.floor(column / samples);
      hits[at] = (hits[at] ?? 0) + 1;
    }
  }
  return hits;
}

/** @param {Shape} shape @param {number} y @returns {(x: number) => boolean} */
function nearLine({ outlines, strokeWidth = 0 }, y) {
  return (x) => outlines.some((outline) => distance(outline, [x, y]) <= strokeWidth / 2);
}

/**
 * By the even-odd rule: where the line crosses outlines is found once.
 *
 * @param {Shape} shape @param {number} y @returns {(x: number) => boolean}
 */
function insideLine({ outlines }, y) {
  const crossings = outlines.flatMap(({ points }) =>
    points.flatMap(([ax, ay], at) => {
      const [bx, by] = points[(at + 1) % points.length] ?? [0, 0];
      return ay > y !== by > y ? [((bx - ax) * (y - ay)) / (by - ay) + ax] : [];
    }),
  );
  return (x) => crossings.filter((crossing) => x < crossing).length % 2 === 1;
}

/** @param {Outline} outline @param {Point} point */
function distance({ points, isClosed }, point) {
  const ends = points.slice(1).concat(isClosed ? points.slice(0, 1) : []);
  return Math.min(...ends.map((end, at) => distanceToLine(points[at] ?? end, end, point)));
}

/** @param {Point} start @param {Point} end @param {Point} point */
function distanceToLine([ax, ay], [bx, by], [x, y]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/**
 * Over what is there.
 *
 * @param {Uint8Array} pixel
 * @param {readonly [number, number, number]} colour
 * @param {number} cover
 */
function blend(pixel, colour, cover) {
  const below = ((pixel[3] ?? 0) / 255) * (1 - cover);
  const alpha = cover + below;
  colour.forEach((value, at) => {
    pixel[at] = Math.round((value * cover + (pixel[at] ?? 0) * below) / alpha);
  });
  pixel[3] = Math.round(alpha * 255);
}
