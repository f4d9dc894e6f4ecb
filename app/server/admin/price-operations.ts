import type * as z from 'zod';
import { parseJson } from '../../protocols/json-value.ts';
import type { CheckedPrices, LivePrices } from '../../usage/live-prices.ts';
import { ownPrice } from '../../usage/own-prices.ts';
import { PricesRefused, readPriceFile } from '../../usage/price-file.ts';
import { type PriceOrigin, priceOrigin } from '../../usage/price-origin.ts';
import { priceRoutes } from './contract-prices.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'prices' | 'control' | 'settings'>;

/** Where newer prices come from. */
export const priceOriginSetting = 'prices.source';

export function priceOperations(parts: Parts) {
  const { prices } = parts;
  return {
    showPrices: operation(priceRoutes.showPrices, () => shown(prices)),
    listModelPrices: operation(priceRoutes.listModelPrices, async () =>
      prices.models.toSorted().map((model) => priceOf(prices, model)),
    ),
    showPrice: operation(priceRoutes.showPrice, async ({ model }) => priceOf(prices, model)),
    checkPrices: operation(priceRoutes.checkPrices, async ({ origin }) => {
      const from = origin ?? (await storedOrigin(parts));
      const send = (allowLocal: boolean) => parts.control.by({ proxy: undefined, allowLocal });
      const file = await refusing(readPriceFile({ send }, from));
      return toWire(await refusing(prices.check(file, from.url)));
    }),
    applyPrices: operation(priceRoutes.applyPrices, async ({ version, current, acceptSuspicious, isRollBack }) => {
      const compared = await compare(prices, version);
      if (compared.current !== current) throw new AdminError('conflict', 'The prices changed since. Check again.');
      if (compared.suspicions.length > 0 && !acceptSuspicious) {
        const message = `These prices look wrong: ${compared.suspicions.slice(0, 5).join('; ')}.`;
        throw new AdminError('conflict', `${message} If they are right, apply them with --accept-suspicious.`);
      }
      await prices.use({ version, isPinned: isRollBack });
      return await shown(prices);
    }),
    comparePrices: operation(priceRoutes.comparePrices, async ({ version }) => toWire(await compare(prices, version))),
    setOwnPrice: operation(priceRoutes.setOwnPrice, ({ model, price }) => prices.setOwn(model, price)),
    removeOwnPrice: operation(priceRoutes.removeOwnPrice, async ({ model }) => {
      if (await prices.removeOwn(model)) return { model, removed: true as const };
      throw new AdminError('not-found', `No price of your own is set for ${model}. See: waystation usage prices`);
    }),
  };
}

async function shown(prices: LivePrices): Promise<z.input<typeof priceRoutes.showPrices.output>> {
  const { version, date, models, isPinned, own } = prices;
  const versions = await prices.list();
  return {
    ...{ version, date, models: models.length, isPinned },
    versions: versions.map((one) => ({ ...one, isInUse: one.version === version })),
    own: [...own],
  };
}

function priceOf(prices: LivePrices, model: string): z.input<typeof priceRoutes.showPrice.output> {
  const price = prices.find(model);
  if (!price) {
    const message = `No price of ${model} is known. Set one with: waystation usage prices set ${model}`;
    throw new AdminError('not-found', message);
  }
  const { model: name, version, source } = price;
  const isOwn = prices.own.some((one) => one.model === name);
  return { ...ownPrice.strip().parse(price), model: name, version, source, isOwn };
}

async function storedOrigin({ settings }: Parts): Promise<PriceOrigin> {
  const stored = await settings.get(priceOriginSetting);
  const { data } = priceOrigin.safeParse(parseJson(stored ?? 'null'));
  if (data) return data;
  throw new AdminError(
    'request-invalid',
    'It is not set where newer prices come from. Name it with --from, or for good with: waystation settings set prices.source',
  );
}

async function compare(prices: LivePrices, version: string): Promise<CheckedPrices> {
  const compared = await prices.compare(version);
  if (compared) return compared;
  throw new AdminError(
    'not-found',
    `There are no prices ${version}. See which there are with: waystation usage prices`,
  );
}

async function refusing<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PricesRefused) throw new AdminError('conflict', error.message);
    throw error;
  }
}

function toWire(checked: CheckedPrices): z.input<typeof priceRoutes.checkPrices.output> {
  const { added, removed, changed, suspicions } = checked;
  return {
    ...checked,
    ...{ added: [...added], removed: [...removed], changed: [...changed], suspicions: [...suspicions] },
  };
}
