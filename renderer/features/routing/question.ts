import type { Input, Output } from '../../../app/server/admin/contract.ts';

type Simulation = Input<'simulateCall'>;
type Account = Output<'listAccounts'>[number];

/** What would be different about one account, as it is typed; empty: as it is. */
export interface TypedChange {
  readonly accountId: string;
  readonly name: string;
  readonly state: '' | 'on' | 'off';
  readonly priority: string;
  readonly stopAt: string;
}

/** A call that nobody makes, and the rules it would meet. */
export interface Question {
  readonly model: string;
  readonly route: NonNullable<Simulation['route']>;
  readonly client: NonNullable<Simulation['client']> | '';
  readonly key: string;
  readonly sessionAt: string;
  readonly at: string;
  readonly strategy: NonNullable<Simulation['rules']>['strategy'] | '';
  readonly accounts: readonly TypedChange[];
}

export const noQuestion: Omit<Question, 'accounts'> = {
  ...{ model: '', route: 'messages', client: '', key: '', sessionAt: '', at: '', strategy: '' },
};

export function changesOf(accounts: readonly Account[]): TypedChange[] {
  return accounts.map(({ id, name }) => ({ accountId: id, name, state: '', priority: '', stopAt: '' }));
}

/** The same as the API takes it: what is empty is not said. */
export function toSimulation(question: Question): Simulation {
  const { model, route, client, key, sessionAt, at } = question;
  return {
    ...{ model: model.trim(), route, ...rulesOf(question) },
    ...(client !== '' && { client }),
    ...(key !== '' && { key }),
    // A session is worth staying for when its prompt is cached.
    ...(sessionAt !== '' && { sessionAt, moveNanoUsd: warmNanoUsd }),
    ...(at !== '' && { at: new Date(at).getTime() }),
  };
}

export function toReplay(question: Question, since: number): Input<'replayCalls'> {
  return { since, ...rulesOf(question) };
}

const warmNanoUsd = 100_000_000;

function rulesOf({ strategy, accounts }: Question) {
  return {
    rules: strategy === '' || strategy === undefined ? {} : { strategy },
    accounts: accounts.flatMap(({ accountId, state, priority, stopAt }) => {
      const change = {
        ...(state !== '' && { isEnabled: state === 'on' }),
        ...(priority !== '' && { priority: Number(priority) }),
        ...(stopAt !== '' && { stopAt: { '*': Number(stopAt) } }),
      };
      return Object.keys(change).length === 0 ? [] : [{ accountId, ...change }];
    }),
  };
}
