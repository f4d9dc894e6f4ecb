import * as z from 'zod';
import type { SettingsRepository } from '../store/settings.ts';
import { multiplier } from './fields.ts';
import type { ApiKey } from './key.ts';
import { type ApiId, type ServiceId, type Where, wheres } from './services.ts';

/** The row of the settings that says what calls of each service are billed with. */
export const multipliersSetting = 'billing.multipliers';

/** By service. A cloud that it does not name costs what the API costs that it is asked in; anything else 1. */
export const serviceMultipliers = z.strictObject({
  anthropic: multiplier.optional(),
  openai: multiplier.optional(),
  gemini: multiplier.optional(),
  azure: multiplier.optional(),
  bedrock: multiplier.optional(),
} satisfies Record<ServiceId, z.ZodType>);

/** What a call is billed with, by where it is served. */
export type Billing = Readonly<Record<Where, number>>;

/** What the cost of a call is billed with: its service's multiplier times its key's. Read from the settings, kept in memory. */
export class Multipliers {
  readonly #settings: SettingsRepository;
  #ofServices: z.output<typeof serviceMultipliers> = {};

  private constructor(settings: SettingsRepository) {
    this.#settings = settings;
  }

  static async open(settings: SettingsRepository): Promise<Multipliers> {
    const opened = new Multipliers(settings);
    await opened.reload();
    return opened;
  }

  /** Another node may have changed them. */
  async reload(): Promise<void> {
    const stored = await this.#settings.get(multipliersSetting);
    // What a newer version wrote is not understood here: then calls are billed what they cost.
    this.#ofServices = stored === undefined ? {} : (serviceMultipliers.safeParse(JSON.parse(stored)).data ?? {});
  }

  /** Undefined when nothing is made of the cost, wherever it is served. */
  of({ multiplier: ofKey = 1 }: Pick<ApiKey, 'multiplier'>, api: ApiId): Billing | undefined {
    const { [api]: direct = 1, azure = direct, bedrock = direct } = this.#ofServices;
    if (ofKey === 1 && direct === 1 && azure === 1 && bedrock === 1) return undefined;
    return { direct: product(direct, ofKey), azure: product(azure, ofKey), bedrock: product(bedrock, ofKey) };
  }
}

/** Undefined when nothing is made of the cost there. */
export function billedAt(billing: Billing | undefined, where: Where): number | undefined {
  return unlessOne(billing?.[where]);
}

/** The most that it can come to, wherever it may be served. */
export function billedAtMost(billing: Billing | undefined, reach: readonly Where[] = wheres): number | undefined {
  return billing && unlessOne(Math.max(...reach.map((where) => billing[where])));
}

function unlessOne(multiplied: number | undefined): number | undefined {
  return multiplied === 1 ? undefined : multiplied;
}

function product(one: number, other: number): number {
  return (thousandths(one) * thousandths(other)) / 1_000_000;
}

/** What is written as a decimal fraction is not one in memory. */
function thousandths(value: number): number {
  return Math.round(value * 1_000);
}
