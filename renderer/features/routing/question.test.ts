import { expect, test } from 'vitest';
import { noQuestion, type Question, toReplay, toSimulation } from './question.ts';

const as = { accountId: 'acc_1', name: 'one', state: '', priority: '', stopAt: '' } as const;
const plain: Question = { ...noQuestion, model: ' claude-x ', accounts: [as] };

test('what is left as it is is not said', () => {
  expect(toSimulation(plain)).toEqual({ model: 'claude-x', route: 'messages', rules: {}, accounts: [] });
});

test('every change is said, of the call and of the rules', () => {
  const question: Question = {
    ...plain,
    ...{ client: 'codex', key: 'key_1', sessionAt: 'acc_1', strategy: 'fill-first' },
    accounts: [{ ...as, state: 'off', priority: '3', stopAt: '80' }],
  };
  const accounts = [{ accountId: 'acc_1', isEnabled: false, priority: 3, stopAt: { '*': 80 } }];
  expect(toSimulation(question)).toEqual({
    ...{ model: 'claude-x', route: 'messages', client: 'codex', key: 'key_1' },
    ...{ sessionAt: 'acc_1', moveNanoUsd: 100_000_000, rules: { strategy: 'fill-first' }, accounts },
  });
  expect(toReplay(question, 5)).toEqual({ since: 5, rules: { strategy: 'fill-first' }, accounts });
});
