import type { Effort, Reasoning } from '../../domain/conversation.ts';
import type { Json } from '../../domain/json.ts';
import { invalidField } from '../invalid-field.ts';
import { compact, fieldsOf, flagField, type JsonObject, numberField, refuse, textField } from './fields.ts';

const path = 'generationConfig.thinkingConfig';

const efforts: ReadonlyMap<string, Effort | undefined> = new Map<string, Effort | undefined>([
  ['MINIMAL', 'minimal'],
  ['LOW', 'low'],
  ['MEDIUM', 'medium'],
  ['HIGH', 'high'],
  ['THINKING_LEVEL_UNSPECIFIED', undefined],
]);

/** HIGH is the most that Gemini can be asked for. */
const levels: Readonly<Record<Exclude<Effort, 'none'>, string>> = {
  minimal: 'MINIMAL',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  max: 'HIGH',
};

/** For models that know budgets only: Google's own table for `reasoning_effort` (ai.google.dev/gemini-api/docs/openai). */
const budgets: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
  max: 24_576,
};

/** The model decides how much. */
const dynamicBudget = -1;

export function decodeReasoning(value: Json | undefined): Reasoning | undefined {
  if (value === undefined) return undefined;
  const { thinkingBudget, thinkingLevel, includeThoughts, ...more } = fieldsOf(value, path);
  const [unknown] = Object.keys(more);
  if (unknown !== undefined) throw refuse(`${path}.${unknown}`, 'it is not known here. Leave it out');
  const budget = numberField(thinkingBudget, `${path}.thinkingBudget`);
  return {
    effort: budget === 0 ? 'none' : effortOf(textField(thinkingLevel, `${path}.thinkingLevel`)),
    budgetTokens: budget === undefined || budget <= 0 ? undefined : budget,
    isShown: flagField(includeThoughts, `${path}.includeThoughts`),
  };
}

function effortOf(level: string | undefined): Effort | undefined {
  if (level === undefined) return undefined;
  if (!efforts.has(level.toUpperCase())) throw invalidField(`${path}.thinkingLevel`, 'MINIMAL, LOW, MEDIUM or HIGH');
  return efforts.get(level.toUpperCase());
}

/** A budget says more exactly what an effort says; Gemini takes only one of both. */
export function encodeReasoning(reasoning: Reasoning | undefined, model: string): JsonObject | undefined {
  if (reasoning === undefined) return undefined;
  const { budgetTokens, effort, isShown } = reasoning;
  const amount = budgetTokens === undefined ? amountOf(effort, model) : { thinkingBudget: budgetTokens };
  return compact({ ...amount, includeThoughts: isShown });
}

function amountOf(effort: Effort | undefined, model: string): JsonObject {
  const knowsLevels = !/gemini-2\./.test(model);
  if (effort === 'none') return { thinkingBudget: 0 };
  if (knowsLevels) return effort === undefined ? {} : { thinkingLevel: levels[effort] };
  return { thinkingBudget: effort === undefined ? dynamicBudget : budgets[effort] };
}
