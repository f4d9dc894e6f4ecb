import { useApi } from '../../stores/api.ts';

const every = 30_000;

/** What accounts and keys are called, by their ids. */
export function useNames(): {
  readonly accounts: ReadonlyMap<string, string>;
  readonly keys: ReadonlyMap<string, string>;
} {
  const accounts = useApi('listAccounts', {}, { every }).value ?? [];
  const keys = useApi('listKeys', {}, { every }).value ?? [];
  return {
    accounts: new Map(accounts.map(({ id, name }) => [id, name])),
    keys: new Map(keys.map(({ id, name }) => [id, name])),
  };
}
