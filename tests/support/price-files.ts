import { readFileSync } from 'node:fs';

const bundled: { vendors: { models: { id: string; input: number }[] }[] } = JSON.parse(
  readFileSync(new URL('../../resources/prices.json', import.meta.url), 'utf8'),
);

/** The bundled prices as another file: of another date, with other input prices. */
export function priceFile(date: string, inputs: Readonly<Record<string, number>> = {}): string {
  const vendors = bundled.vendors.map((vendor) => ({
    ...vendor,
    models: vendor.models.map((model) => ({ ...model, input: inputs[model.id] ?? model.input })),
  }));
  return JSON.stringify({ ...bundled, version: date, date, vendors });
}
