import type * as z from 'zod';
import { alertSentence } from '../../notify/sentence.ts';
import type { Budget, BudgetFields } from '../../usage/budget.ts';
import { spentOf } from '../../usage/budget-spending.ts';
import { standingOf } from '../../usage/budget-watch.ts';
import { budgetRoutes } from './contract-budgets.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'budgets' | 'alerts' | 'rollups' | 'keyRepository' | 'accountRepository' | 'ports'>;

export function budgetOperations(parts: Parts) {
  const { budgets, alerts } = parts;
  return {
    listBudgets: operation(budgetRoutes.listBudgets, async () => {
      return await Promise.all((await budgets.list()).map((budget) => shown(parts, budget)));
    }),
    createBudget: operation(budgetRoutes.createBudget, async (fields) => {
      await checkScope(parts, fields);
      return await shown(parts, await budgets.create(fields));
    }),
    updateBudget: operation(budgetRoutes.updateBudget, async ({ id, ...patch }) => {
      const budget = await budgets.update(id, patch);
      if (budget) return await shown(parts, budget);
      throw unknownBudget();
    }),
    removeBudget: operation(budgetRoutes.removeBudget, async ({ id }) => {
      if (await budgets.remove(id)) return { id, removed: true as const };
      throw unknownBudget();
    }),
    listAlerts: operation(budgetRoutes.listAlerts, async ({ language, timeZone, ...question }) => {
      const found = await alerts.list(question);
      if (language === undefined) return found;
      return found.map((alert) => ({ ...alert, text: alertSentence(alert, { language, timeZone }, alert.at) }));
    }),
  };
}

async function shown(
  { rollups, keyRepository, ports }: Parts,
  budget: Budget,
): Promise<z.input<typeof budgetRoutes.createBudget.output>> {
  const now = ports.clock.now();
  const { period } = standingOf(budget, 0, now);
  const keysOf = (owner: string) => keyRepository.idsOf(owner);
  const spentNanoUsd = await spentOf({ rollups, keysOf }, budget, period.startsAt);
  const { forecastNanoUsd } = standingOf(budget, spentNanoUsd, now);
  return { ...budget, spentNanoUsd, ...period, period: budget.period, forecastNanoUsd };
}

/** Throws `request-invalid` when what it is about is not there. */
async function checkScope(
  { keyRepository, accountRepository }: Parts,
  { scope, scopeId }: BudgetFields,
): Promise<void> {
  if ((scope === 'everything') !== (scopeId === undefined))
    throw invalid('a budget is for everything, or for what it names');
  if (scope === 'key' && !(await keyRepository.find(scopeId ?? '')))
    throw invalid('there is no such key. See which there are with: waystation key list');
  if (scope === 'account' && !(await accountRepository.find(scopeId ?? '')))
    throw invalid('there is no such account. See which there are with: waystation account list');
}

function invalid(problem: string): AdminError {
  return new AdminError('request-invalid', `scopeId: ${problem}`);
}

function unknownBudget(): AdminError {
  return new AdminError('not-found', 'There is no such budget. See which there are with: waystation budget list');
}
