import type { Output } from '../server/admin/contract.ts';
import { definitionList } from './definitions.ts';
import { counted } from './numbers.ts';
import type { Page } from './page.ts';
import { type Column, table } from './table.ts';
import { wrap } from './text.ts';

type Price = Output<'showPrice'>;
type Checked = Output<'checkPrices'>;
type Change = Checked['changed'][number];

/** What a million tokens cost, by the field of a price. */
export const unitFields = {
  input: 'Input',
  output: 'Output',
  cacheRead: 'Cache reads',
  cacheWrite5m: 'Cache writes, 5 minutes',
  cacheWrite1h: 'Cache writes, 1 hour',
  audioInput: 'Audio input',
  imageInput: 'Image input',
  audioCacheRead: 'Audio cache reads',
  audioOutput: 'Audio output',
  imageOutput: 'Image output',
} as const satisfies Partial<Record<keyof Price, string>>;
export type UnitField = keyof typeof unitFields;

export function priceText(page: Page, price: Price): string {
  const units = Object.entries(unitFields).map(([field, title]): [string, string | undefined] => {
    const value = isUnitField(field) ? price[field] : undefined;
    return [title, typeof value === 'number' ? perMillion(value) : undefined];
  });
  const { longContext, image, webSearch, fastPercent } = price;
  return definitionList(page, [
    ['Model', price.model],
    ...units,
    ['Long prompts', longContext && longText(longContext)],
    ['Picture', image === undefined ? undefined : usd(image)],
    ['Web search', webSearch === undefined ? undefined : usd(webSearch)],
    ['Fast', fastPercent === undefined ? undefined : `${fastPercent} %`],
    ['From', price.isOwn ? 'you' : `${price.version}: ${price.source.from}`],
    [price.isOwn ? 'Set on' : 'Read on', price.source.read],
  ]);
}

export function diffText(page: Page, checked: Checked): string {
  const { version, date, current, added, removed, changed, suspicions } = checked;
  const counts = [
    `${counted(added.length, 'model')} added`,
    `${removed.length} removed`,
    `${counted(changed.length, 'price')} changed`,
  ];
  return [
    wrap(`Prices ${version}, read on ${date}, against ${current}: ${counts.join(', ')}.`, page.width),
    ...(changed.length === 0 ? [] : ['', table(page, columns(page), changed)]),
    ...(added.length === 0 ? [] : ['', wrap(`Added: ${added.join(', ')}`, page.width)]),
    ...(removed.length === 0 ? [] : ['', wrap(`Removed: ${removed.join(', ')}`, page.width)]),
    ...(suspicions.length === 0 ? [] : ['', page.paint('yellow', 'Look twice:')]),
    ...suspicions.map((one) => wrap(`- ${one}`, page.width, '  ')),
  ].join('\n');
}

function columns(page: Page): readonly Column<Change>[] {
  return [
    { title: 'MODEL', least: 14, cell: ({ model }) => model },
    { title: 'WHAT', cell: ({ field }) => field },
    { title: 'BEFORE', align: 'right', cell: ({ field, before }) => figure(field, before) },
    { title: 'AFTER', align: 'right', cell: ({ field, after }) => figure(field, after) },
    {
      title: 'CHANGE',
      align: 'right',
      cell: ({ percent, suspicion }) =>
        `${percent === undefined ? '' : `${percent > 0 ? '+' : ''}${percent} %`}${suspicion === undefined ? '' : ' !'}`.trim(),
      paint: (text, { suspicion }) => (suspicion === undefined ? text : page.paint('yellow', text)),
    },
  ];
}

function figure(field: string, value: number | null): string {
  if (value === null) return '-';
  const name = field.replace(/^longContext\./, '');
  if (/percent/i.test(field)) return `${value} %`;
  if (name === 'abovePromptTokens') return String(value);
  return isUnitField(name) ? perMillion(value) : usd(value);
}

function longText({ abovePromptTokens, input, output }: NonNullable<Price['longContext']>): string {
  return `above ${abovePromptTokens} tokens: input ${perMillion(input)}, output ${perMillion(output)}`;
}

/** 1,000 nano-dollars a token are a dollar a million. */
function perMillion(nanoUsd: number): string {
  return `$${nanoUsd / 1_000}/M`;
}

function usd(nanoUsd: number): string {
  return `$${nanoUsd / 1e9}`;
}

function isUnitField(name: string): name is UnitField {
  return Object.hasOwn(unitFields, name);
}
