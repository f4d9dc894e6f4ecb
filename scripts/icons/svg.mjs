/**
 * The small part of SVG that our icons are written in: rect, circle and path with M, L, l, Q and Z; a fill or a
 * stroke, one colour each. Everything becomes polygons and lines.
 *
 * @typedef {readonly [number, number]} Point
 * @typedef {{ readonly points: readonly Point[], readonly isClosed: boolean }} Outline
 * @typedef {object} Shape
 * @property {readonly Outline[]} outlines
 * @property {readonly [number, number, number]} colour
 * @property {number | undefined} strokeWidth Undefined: it is filled, by the even-odd rule.
 * @typedef {{ readonly size: number, readonly shapes: readonly Shape[] }} Drawing
 */

/** @param {string} text @returns {Drawing} */
export function readDrawing(text) {
  const [, size] = /viewBox="0 0 (\d+) \1"/.exec(text) ?? [];
  if (size === undefined) throw new Error('The picture has no square viewBox');
  const shapes = [...text.matchAll(/<(rect|circle|path)\b([^>]*?)\/>/g)].map(([, name, rest]) =>
    readShape(String(name), attributesOf(String(rest))),
  );
  return { size: Number(size), shapes };
}

/** @param {string} text @returns {Record<string, string>} */
function attributesOf(text) {
  return Object.fromEntries([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}

/** @param {string} name @param {Record<string, string>} given @returns {Shape} */
function readShape(name, given) {
  const isStroke = given['fill'] === 'none';
  return {
    outlines: outlinesOf(name, given),
    colour: colourOf(String(isStroke ? given['stroke'] : given['fill'])),
    strokeWidth: isStroke ? Number(given['stroke-width']) : undefined,
  };
}

/** @param {string} name @param {Record<string, string>} given @returns {Outline[]} */
function outlinesOf(name, given) {
  const number = (/** @type {string} */ key) => Number(given[key] ?? 0);
  if (name === 'path') return readPath(String(given['d']));
  if (name === 'circle') return [{ points: arc(number('cx'), number('cy'), number('r'), 0, 64), isClosed: true }];
  const [x, y, width, height, r] = [number('x'), number('y'), number('width'), number('height'), number('rx')];
  const corners = [
    arc(x + width - r, y + r, r, 3, 16),
    arc(x + width - r, y + height - r, r, 0, 16),
    arc(x + r, y + height - r, r, 1, 16),
    arc(x + r, y + r, r, 2, 16),
  ];
  return [{ points: corners.flat(), isClosed: true }];
}

/**
 * From a quarter on: one quarter in 16 steps, or all of it in 64.
 *
 * @param {number} x @param {number} y @param {number} r @param {number} quarter @param {number} steps
 * @returns {Point[]}
 */
// biome-ignore lint/complexity/useMaxParams: a circle has its own
function arc(x, y, r, quarter, steps) {
  return Array.from({ length: steps + 1 }, (_, step) => {
    const angle = (quarter + step / 16) * (Math.PI / 2);
    return /** @type {const} */ ([x + r * Math.cos(angle), y + r * Math.sin(angle)]);
  });
}

/** @param {string} text @returns {Outline[]} */
function readPath(text) {
  /** @type {{ points: Point[], isClosed: boolean }[]} */
  const outlines = [];
  for (const [, command, rest] of text.matchAll(/([A-Za-z])([^A-Za-z]*)/g)) {
    const numbers =
      String(rest)
        .match(/-?(?:\d*\.)?\d+/g)
        ?.map(Number) ?? [];
    if (command === 'M') outlines.push({ points: [], isClosed: false });
    const open = outlines.at(-1);
    if (!open) throw new Error(`A path begins with ${command}`);
    if (command === 'Z') open.isClosed = true;
    else open.points.push(...pointsOf(String(command), open.points.at(-1) ?? [0, 0], numbers));
  }
  return outlines;
}

/** @param {string} command @param {Point} start @param {readonly number[]} numbers @returns {Point[]} */
function pointsOf(command, start, numbers) {
  if (command === 'M' || command === 'L') return pairs(numbers);
  if (command === 'l') return steps(start, pairs(numbers));
  if (command === 'Q') return curve(start, numbers);
  throw new Error(`${command} in a path is not drawn here`);
}

/** @param {readonly number[]} numbers @returns {Point[]} */
function pairs(numbers) {
  return Array.from({ length: numbers.length / 2 }, (_, at) => [numbers[2 * at] ?? 0, numbers[2 * at + 1] ?? 0]);
}

/** @param {Point} start @param {readonly Point[]} moves @returns {Point[]} */
function steps(start, moves) {
  let [x, y] = start;
  return moves.map(([dx, dy]) => {
    [x, y] = [x + dx, y + dy];
    return [x, y];
  });
}

/** @param {Point} start @param {readonly number[]} numbers @returns {Point[]} */
function curve(start, [cx = 0, cy = 0, x = 0, y = 0]) {
  return Array.from({ length: 12 }, (_, index) => {
    const t = (index + 1) / 12;
    const [a, b, c] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
    return [a * start[0] + b * cx + c * x, a * start[1] + b * cy + c * y];
  });
}

/** @param {string} text @returns {readonly [number, number, number]} */
function colourOf(text) {
  const hex = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(text)?.[1];
  if (hex === undefined) throw new Error(`${text} is no colour such as #0f6b5c`);
  const whole = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex;
  const number = Number.parseInt(whole, 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}
