import { expect, test } from 'vitest';
import { nextStep, toStep } from './steps.ts';

test('the first run goes on with the first thing that is not there', () => {
  const nothing = { hasAccount: false, hasTool: false, hasCall: false };
  expect([
    nextStep(nothing),
    nextStep({ ...nothing, hasAccount: true }),
    nextStep({ ...nothing, hasAccount: true, hasTool: true }),
    nextStep({ hasAccount: true, hasTool: true, hasCall: true }),
    nextStep({ ...nothing, hasTool: true }),
  ]).toEqual(['source', 'tools', 'try', 'try', 'source']);
});

test('an address that names no step names none', () => {
  expect([toStep('tools'), toStep('else'), toStep(null)]).toEqual(['tools', undefined, undefined]);
});
