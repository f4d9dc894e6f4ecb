import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');
const found = [...css.matchAll(/--([a-z]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)];

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const themes = {
  light: new Map(found.map(([, name = '', light = '']) => [name, light])),
  dark: new Map(found.map(([, name = '', , dark = '']) => [name, dark])),
};
const grounds = ['page', 'surface', 'sunken'];
const inks = ['text', 'muted', 'accent', 'good', 'caution', 'bad'];
const pairs = (['light', 'dark'] as const).flatMap((theme) =>
  grounds.flatMap((ground) => inks.map((ink) => [theme, ink, ground] as const)),
);

const marks = ['edge', 'seriesa', 'seriesb', 'seriesc', 'seriesd', 'seriese', 'seriesf'];

test('every colour has both themes', () => {
  expect(css.match(/^ {2}--/gm)?.length).toBe(found.length);
  expect([...themes.light.keys()]).toEqual(expect.arrayContaining([...grounds, ...inks, ...marks]));
});

test.each(['light', 'dark'] as const)(
  '%s: what is written on the accent and on its soft ground can be read',
  (theme) => {
    const colours = themes[theme];
    expect(contrast(colours.get('onaccent') ?? '', colours.get('accent') ?? '')).toBeGreaterThanOrEqual(4.5);
    for (const ink of ['text', 'accent', 'muted'])
      expect(contrast(colours.get(ink) ?? '', colours.get('soft') ?? ''), ink).toBeGreaterThanOrEqual(4.5);
  },
);

test.each(['light', 'dark'] as const)(
  '%s: edges of controls and areas of charts can be told from their ground (3 to 1)',
  (theme) => {
    const colours = themes[theme];
    for (const mark of marks)
      expect(contrast(colours.get(mark) ?? '', colours.get('surface') ?? ''), mark).toBeGreaterThanOrEqual(3);
  },
);

test.each(pairs)('%s: %s on %s can be read (WCAG AA, 4.5 to 1)', (theme, ink, ground) => {
  const colours = themes[theme];
  expect(contrast(colours.get(ink) ?? '', colours.get(ground) ?? '')).toBeGreaterThanOrEqual(4.5);
});
