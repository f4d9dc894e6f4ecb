import { expect, test } from 'vitest';
import { planTemplates } from '../../../app/server/admin/contract-templates.ts';
import { newPlanOf, templates } from './plan-values.ts';

test('each template becomes the plan that its words say', () => {
  const { none: _, ...offered } = templates;
  expect(Object.values(offered).map(({ name }) => name)).toEqual(planTemplates.map(({ name }) => name));
  const plans = Object.values(offered).map(newPlanOf);
  expect(plans.map(({ maxConcurrent }) => maxConcurrent)).toEqual(planTemplates.map((one) => one.maxConcurrent));
  const limits = plans.map((plan) => plan.limits?.map(({ measure, amount, mode }) => [measure, amount, mode]));
  expect(limits).toEqual([
    [
      ['requests', 10, 'smooth'],
      ['cost', 2_000_000_000, 'smooth'],
    ],
    [
      ['cost', 20_000_000_000, 'smooth'],
      ['cost', 200_000_000_000, 'smooth'],
    ],
    [
      ['requests', 60, 'smooth'],
      ['cost', 10_000_000_000, 'strict'],
    ],
  ]);
});
